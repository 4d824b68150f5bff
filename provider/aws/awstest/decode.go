package awstest

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// dialect is how one service spells the Query protocol (Smithy: "AWS query protocol", "AWS EC2
// query protocol").
type dialect int

const (
	queryDialect dialect = iota // lists are Name.member.N, replies wrap lists in <member>
	// lists are Name.N, replies wrap lists in <item> under names of their own
	ec2Dialect
)

// decoder fills a shape from the parameters of a request and collects everything that does not fit
// it.
type decoder struct {
	dialect  dialect
	unknown  []string
	unusable []string
}

// decodeForm fills the struct that into points to, then holds it against its constraints.
func (d *decoder) decodeForm(form *node, into any) {
	d.value(form, reflect.ValueOf(into).Elem(), "")
	slices.Sort(d.unknown)
	slices.Sort(d.unusable)
}

func (d *decoder) value(n *node, v reflect.Value, path string) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	decode := d.scalar
	if v.Kind() == reflect.Struct {
		decode = d.fields
	}
	if v.Kind() == reflect.Slice {
		decode = d.list
	}
	decode(n, v, path)
}

func (d *decoder) fields(n *node, v reflect.Value, path string) {
	known := map[string]bool{}
	for i := range v.NumField() {
		name := d.inputName(v.Type().Field(i))
		known[name] = true
		if kid := n.kids[name]; kid != nil {
			d.value(kid, v.Field(i), join(path, name))
		}
	}
	for name := range n.kids {
		if !known[name] {
			d.unknown = append(d.unknown, join(path, name))
		}
	}
}

func (d *decoder) inputName(f reflect.StructField) string {
	if name := tagOf(f).in; name != "" && d.dialect == ec2Dialect {
		return name
	}
	return f.Name
}

func (d *decoder) list(n *node, v reflect.Value, path string) {
	v.Set(reflect.MakeSlice(v.Type(), 0, len(n.kids)))
	if d.dialect == queryDialect && len(n.kids) > 0 {
		if n.kids["member"] == nil || len(n.kids) > 1 {
			d.unusable = append(d.unusable, path)
			return
		}
		n = n.kids["member"]
	}
	items, ok := n.items()
	if !ok {
		d.unusable = append(d.unusable, path)
		return
	}
	for i, item := range items {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(item, element, path+"."+strconv.Itoa(i+1))
		v.Set(reflect.Append(v, element))
	}
}

func (d *decoder) scalar(n *node, v reflect.Value, path string) {
	if len(n.kids) > 0 {
		d.unusable = append(d.unusable, path)
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.value)
		return
	}
	if err := setNumber(v, n.value); err != nil {
		d.unusable = append(d.unusable, path)
	}
}

func setNumber(v reflect.Value, text string) error {
	if v.Kind() == reflect.Bool {
		b, err := strconv.ParseBool(strings.ToLower(text))
		v.SetBool(b)
		return err
	}
	i, err := strconv.ParseInt(text, 10, 32)
	v.SetInt(i)
	return err
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
