package awstest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// encoder encodes a shape as XML.
type encoder struct {
	dialect dialect
	buf     bytes.Buffer
}

// fields writes an element for each field of a struct that is set.
func (e *encoder) fields(v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !isAbsent(v.Field(i)) {
			e.element(e.outputName(f), v.Field(i))
		}
	}
}

func (e *encoder) outputName(f reflect.StructField) string {
	if e.dialect == queryDialect {
		return f.Name
	}
	if name := tagOf(f).out; name != "" {
		return name
	}
	return strings.ToLower(f.Name[:1]) + f.Name[1:]
}

func (e *encoder) element(name string, v reflect.Value) {
	e.buf.WriteString("<" + name + ">")
	e.content(v)
	e.buf.WriteString("</" + name + ">")
}

func (e *encoder) content(v reflect.Value) {
	v = reflect.Indirect(v)
	if t, ok := v.Interface().(time.Time); ok {
		e.buf.WriteString(t.UTC().Format("2006-01-02T15:04:05.000Z"))
		return
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			e.element(e.itemName(), v.Index(i))
		}
		return
	}
	if v.Kind() == reflect.Struct {
		e.fields(v)
		return
	}
	escape(&e.buf, fmt.Sprint(v.Interface()))
}

func (e *encoder) itemName() string {
	if e.dialect == ec2Dialect {
		return "item"
	}
	return "member"
}

func escape(buf *bytes.Buffer, s string) {
	// Writes to a bytes.Buffer do not fail.
	_ = xml.EscapeText(buf, []byte(s))
}
