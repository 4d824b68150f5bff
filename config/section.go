package config

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Section declares the section of a provider that this package does not know. Parse stores the
// values of the section in the variables that its fields point to.
type Section struct {
	Name   string // the provider's name, which must not be that of another section
	Fields []Field
}

// Field declares one field of a [Section]. Exactly one of Text and Texts must be set.
type Field struct {
	Name     string
	Text     *string   // the value of a text field
	Texts    *[]string // the value of a list
	Optional bool      // whether Require accepts a missing value
}

// declared is a section of the caller's, and whether the file has it.
type declared struct {
	Section
	found bool
}

func (d *declared) field() field {
	return field{d.Name, func(n *yaml.Node) error {
		d.found = true
		fields := make([]field, len(d.Fields))
		for i, f := range d.Fields {
			fields[i] = f.field(d.Name)
		}
		return mapping(d.Name, n, fields)
	}}
}

func (f Field) field(section string) field {
	path := join(section, f.Name)
	if f.Texts != nil {
		return field{f.Name, texts(path, f.Texts)}
	}
	return field{f.Name, text(path, f.Text)}
}

func (d *declared) required() []required {
	out := make([]required, len(d.Fields))
	for i, f := range d.Fields {
		out[i] = required{f.Name, f.value(), f.Optional}
	}
	return out
}

func (f Field) value() string {
	if f.Texts != nil {
		return strings.Join(*f.Texts, ",")
	}
	return *f.Text
}

// check reports a declaration that cannot work.
func (s Section) check() error {
	for _, f := range s.Fields {
		if (f.Text == nil) == (f.Texts == nil) {
			return fmt.Errorf("the declaration of %s.%s must set one of Text and Texts", s.Name, f.Name)
		}
	}
	return nil
}
