package manifest

import (
	"fmt"
	"strings"
)

// checkNames checks names like the API server (Kubernetes concepts, "Object Names and IDs"): DNS
// subdomains, and labels for namespaces.
func checkNames(h head) error {
	name, namespace := h.Metadata.Name, h.Metadata.Namespace
	switch {
	case name == "":
		return at("metadata.name", errMissing)
	case !isSubdomain(name):
		return fmt.Errorf("metadata.name: is %.80q, allowed is a DNS subdomain in lower case", name)
	case namespace != "" && !isLabel(namespace):
		return fmt.Errorf("metadata.namespace: is %.80q, allowed is a DNS label in lower case", namespace)
	default:
		return nil
	}
}

func isSubdomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	return len(s) <= 253
}

func isLabel(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 253 && s[0] != '-' && s[len(s)-1] != '-'
}
