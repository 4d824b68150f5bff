package model_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model"
)

func TestEveryFieldChangesTheDigest(t *testing.T) {
	want := filled()
	all, structure := model.Digests(&want)
	count := 0
	leaves(reflect.ValueOf(&want).Elem(), "", func(path string, v reflect.Value) {
		count++
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		change(v)
		gotAll, gotStructure := model.Digests(&want)
		v.Set(old)
		if gotAll == all {
			t.Errorf("a change of %s leaves the digest as it was", path)
		}
		member := strings.HasPrefix(path, ".Groups[].Endpoints") || path == ".Groups[].Members"
		if (gotStructure == structure) != member {
			t.Errorf("a change of %s: structure changed is %t, want %t", path, gotStructure != structure, !member)
		}
	})
	if again, _ := model.Digests(&want); again != all {
		t.Error("the digest is another for the same model")
	}
	if count < 200 {
		t.Errorf("only %d values were changed", count)
	}
}

func TestCloneSharesNothingThatCanChange(t *testing.T) {
	original := filled()
	copied := model.Clone(original)
	leaves(reflect.ValueOf(&original).Elem(), "", func(_ string, v reflect.Value) {
		if v.Kind() == reflect.Map {
			v.SetMapIndex(reflect.ValueOf("key"), reflect.ValueOf("other"))
		} else if v.Kind() != reflect.Pointer && v.Kind() != reflect.Slice {
			change(v)
		}
	})
	if !reflect.DeepEqual(copied, filled()) {
		t.Error("a change of the original reached its copy")
	}
	if reflect.DeepEqual(original, copied) {
		t.Error("the original was not changed")
	}
}

func TestDigestPrintsAsHexadecimal(t *testing.T) {
	if got := (model.Digest{0xab}).String(); len(got) != 64 || !strings.HasPrefix(got, "ab00") {
		t.Errorf("got %s", got)
	}
}

func TestTheDigestOfALargeModelSeesItsFirstRoute(t *testing.T) {
	lb := large(1_000)
	before := seal(t, lb)
	lb.Listeners[0].Routes[0].Origin.Field = "spec.rules[1]"
	after := seal(t, lb)
	if before.Digest() == after.Digest() || before.Structure() == after.Structure() {
		t.Error("the change is not seen")
	}
}
