package azure

import (
	"testing"

	"github.com/headgate-io/headgate/provider/providertest"
)

func BenchmarkMembers(b *testing.B) { providertest.BenchmarkMembers(b, testProvider(b, "shared")) }

func BenchmarkTranslate(b *testing.B) {
	providertest.BenchmarkTranslate(b, testProvider(b, "shared"))
}
