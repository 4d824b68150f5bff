package awstest

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// dialect is a variant of the Query protocol (Smithy: "AWS query protocol", "AWS EC2 query
// protocol").
type dialect int

const (
	// In queryDialect lists are Name.member.N in requests, and <member> elements in responses.
	queryDialect dialect = iota
	// In ec2Dialect lists are Name.N in requests, and <item> elements in responses.
	ec2Dialect
)

// decoder decodes the parameters of a request into a shape. It collects the parameters that do not
// exist or have an invalid value.
type decoder struct {
	dialect dialect
	unknown []string
	invalid []string
}

// decodeForm decodes into the struct that into points to.
func (d *decoder) decodeForm(form *node, into any) {
	d.value(form, reflect.ValueOf(into).Elem(), "")
	slices.Sort(d.unknown)
	slices.Sort(d.invalid)
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
		if child := n.children[name]; child != nil {
			d.value(child, v.Field(i), join(path, name))
		}
	}
	for name := range n.children {
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
	v.Set(reflect.MakeSlice(v.Type(), 0, len(n.children)))
	if d.dialect == queryDialect && len(n.children) > 0 {
		if n.children["member"] == nil || len(n.children) > 1 {
			d.invalid = append(d.invalid, path)
			return
		}
		n = n.children["member"]
	}
	items, ok := n.items()
	if !ok {
		d.invalid = append(d.invalid, path)
		return
	}
	for i, item := range items {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(item, element, path+"."+strconv.Itoa(i+1))
		v.Set(reflect.Append(v, element))
	}
}

func (d *decoder) scalar(n *node, v reflect.Value, path string) {
	if len(n.children) > 0 {
		d.invalid = append(d.invalid, path)
		return
	}
	if v.Kind() == reflect.String {
		v.SetString(n.value)
		return
	}
	if err := setNumber(v, n.value); err != nil {
		d.invalid = append(d.invalid, path)
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
