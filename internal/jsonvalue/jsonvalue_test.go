package jsonvalue_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-io/headgate/internal/jsonvalue"
)

func TestCloneSharesNothing(t *testing.T) {
	value := func() map[string]any {
		return map[string]any{"list": []any{map[string]any{"name": "a"}, 1.0, nil}, "object": map[string]any{"on": true}}
	}
	original := value()
	copied := jsonvalue.CloneObject(original)
	if diff := cmp.Diff(original, copied); diff != "" {
		t.Errorf("the copy differs: %s", diff)
	}
	copied["object"].(map[string]any)["on"] = false
	copied["list"].([]any)[0].(map[string]any)["name"] = "b"
	copied["added"] = "x"
	if diff := cmp.Diff(value(), original); diff != "" {
		t.Errorf("a change of the copy changed the original: %s", diff)
	}
}
