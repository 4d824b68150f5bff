package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// Left are the objects that Decode read and did not add.
type Left struct {
	// Foreign counts the objects that have nothing to do with load balancers, by "apiVersion kind".
	Foreign map[string]int
	// Unsupported are objects of kinds that are not supported yet: those of the Gateway API, and
	// ConfigMaps.
	Unsupported []model.Ref
}

// Decode adds the objects of a manifest to into, and returns what it left out. The name, such as
// that of a file, is for errors. Documents are separated by "---". Decode adds the items of a list
// one by one. Objects without a namespace are in "default". After an error, into may contain some
// of the objects.
func Decode(name string, data []byte, into *kube.Objects) (Left, error) {
	d := newDecoder(into)
	for i, doc := range split(data) {
		if err := d.document(doc); err != nil {
			return d.left, fmt.Errorf("%s: document %d (line %d): %w", name, i+1, doc.line, err)
		}
	}
	return d.left, nil
}

// decoder is the state of one call of Decode.
type decoder struct {
	objects *kube.Objects
	known   map[identity]runtime.Object
	strict  runtime.Serializer
	left    Left
}

// head is the part that every object has.
type head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Items []json.RawMessage `json:"items"`
}

func (d *decoder) document(doc document) error {
	objects := stream(doc.data)
	if objects == nil {
		raw, err := doc.json()
		if err != nil {
			return err
		}
		objects = []json.RawMessage{raw}
	}
	for _, raw := range objects {
		if string(raw) == "null" {
			continue
		}
		if err := d.object(raw, head{}, ""); err != nil {
			return err
		}
	}
	return nil
}

// stream reads JSON objects that follow each other without a separator, which is not YAML. It
// returns nil for anything else.
func stream(data []byte) (objects []json.RawMessage) {
	if data[0] != '{' {
		return nil
	}
	s := json.NewDecoder(bytes.NewReader(data))
	for s.More() {
		var raw json.RawMessage
		if s.Decode(&raw) != nil {
			return nil
		}
		objects = append(objects, raw)
	}
	return objects
}

// object decodes one object, which is at path. An item of a list may get its version and kind from
// the list.
func (d *decoder) object(raw []byte, list head, path string) error {
	h, err := parseHead(raw)
	if err != nil {
		return at(path, err)
	}
	if h.Kind == "" && h.APIVersion == "" {
		h.Kind, h.APIVersion = list.Kind, list.APIVersion
	}
	switch {
	case h.Kind == "":
		return at(path+"kind", errMissing)
	case h.APIVersion == "":
		return at(path+"apiVersion", errMissing)
	case strings.HasSuffix(h.Kind, "List") && h.Items != nil:
		return d.list(h, path)
	}
	if err := d.typed(raw, h); err != nil {
		return at(path, fmt.Errorf("%s %s: %w", h.Kind, h.name(), err))
	}
	return nil
}

var errMissing = errors.New("is missing")

func (h head) name() string {
	if h.Metadata.Namespace != "" {
		return h.Metadata.Namespace + "/" + h.Metadata.Name
	}
	return h.Metadata.Name
}

// list decodes the items of a list. The items of a typed list need no version and kind.
func (d *decoder) list(h head, path string) error {
	of := head{}
	if kind := strings.TrimSuffix(h.Kind, "List"); kind != "" {
		of.Kind, of.APIVersion = kind, h.APIVersion
	}
	for i, raw := range h.Items {
		if err := d.object(raw, of, path+"items["+strconv.Itoa(i)+"]."); err != nil {
			return err
		}
	}
	return nil
}

func parseHead(raw []byte) (h head, err error) {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return h, errors.New("is not an object; a manifest has apiVersion, kind and metadata")
	}
	if err := json.Unmarshal(raw, &h); err != nil {
		return h, wrongType(raw, err)
	}
	return h, nil
}

func at(path string, err error) error {
	if path = strings.TrimSuffix(path, "."); path == "" {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}
