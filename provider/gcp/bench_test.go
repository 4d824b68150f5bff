package gcp

import (
	"testing"

	"github.com/headgate-io/headgate/provider/providertest"
)

func BenchmarkMembers(b *testing.B) {
	providertest.BenchmarkMembers(b, offline(b), "us-central1-a", "us-central1-b", "us-central1-c")
}

func BenchmarkTranslate(b *testing.B) { providertest.BenchmarkTranslate(b, offline(b)) }
