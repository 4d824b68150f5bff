package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"sigs.k8s.io/yaml"
)

// document is one document of a file and the line that it begins at.
type document struct {
	data []byte
	line int
}

// split divides a file at the lines that end a document (YAML 1.2 section 9.1.2 to 9.1.4), and
// drops empty documents. A comment, or the first line of the document, may follow a separator.
func split(data []byte) []document {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var docs []document
	current := document{line: 1}
	begin, line := 0, 0
	for pos := 0; pos < len(data); {
		end := lineEnd(data, pos)
		line++
		if rest, ok := marker(data[pos:end]); ok {
			current.data = data[begin:pos]
			docs = appendFilled(docs, current)
			begin, current.line = pos+rest, line
		}
		pos = end
	}
	current.data = data[begin:]
	return appendFilled(docs, current)
}

func lineEnd(data []byte, pos int) int {
	if n := bytes.IndexByte(data[pos:], '\n'); n >= 0 {
		return pos + n + 1
	}
	return len(data)
}

// marker reports whether a line separates documents, and the length of the separator in bytes.
func marker(line []byte) (n int, ok bool) {
	if !bytes.HasPrefix(line, []byte("---")) && !bytes.HasPrefix(line, []byte("...")) {
		return 0, false
	}
	return 3, len(line) == 3 || strings.IndexByte(" \t\r\n", line[3]) >= 0
}

// appendFilled appends a document from its first line on, unless it has only blank lines and
// comments.
func appendFilled(docs []document, d document) []document {
	for len(d.data) > 0 {
		end := lineEnd(d.data, 0)
		text := bytes.TrimSpace(d.data[:end])
		if len(text) > 0 && text[0] != '#' {
			if text[0] == '{' {
				d.data = bytes.TrimLeft(d.data, " \t")
			}
			return append(docs, d)
		}
		d.data = d.data[end:]
		d.line++
	}
	return docs
}

// json converts a document. The parser reads a document that begins with a brace only up to its
// closing brace. In a list, what follows is an error.
func (d document) json() ([]byte, error) {
	data, flow := d.data, d.data[0] == '{'
	if flow {
		data = bytes.Join([][]byte{[]byte("["), data, []byte("\n]")}, nil)
	}
	raw, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, d.malformed(data, err)
	}
	if flow {
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil || len(items) != 1 {
			return nil, errors.New("parse YAML: more than one value in a document")
		}
		raw = items[0]
	}
	return raw, nil
}

// malformed returns an error of the YAML parser with the lines of the file instead of those of the
// document.
func (d document) malformed(data []byte, err error) error {
	padded := append(bytes.Repeat([]byte("\n"), d.line-1), data...)
	if _, again := yaml.YAMLToJSONStrict(padded); again != nil {
		err = again
	}
	text := strings.TrimPrefix(err.Error(), "error converting YAML to JSON: ")
	return errors.New("parse YAML: " + strings.Join(strings.Fields(strings.TrimPrefix(text, "yaml: ")), " "))
}
