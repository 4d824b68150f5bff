package manifest

import (
	"strings"
	"testing"

	"github.com/headgate-io/headgate/model/kube"
)

// FuzzDecode checks that an error of Decode is one line that names the file, whatever it reads.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{ingress, service, ingress + "---\n" + service, "{}{}", "{a: b}", "--- |\n x\n...\n", "kind: List\nitems: [{}]", "\xef\xbb\xbf# x\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var o kube.Objects
		_, err := Decode("f.yaml", data, &o)
		if err != nil && (!strings.HasPrefix(err.Error(), "f.yaml: ") || strings.ContainsAny(err.Error(), "\n\r")) {
			t.Errorf("the error is not one line that names the file: %q", err)
		}
	})
}
