package aws

import (
	"testing"

	"github.com/headgate-io/headgate/provider/providertest"
)

func BenchmarkMembers(b *testing.B) { providertest.BenchmarkMembers(b, offline(b)) }

func BenchmarkTranslate(b *testing.B) { providertest.BenchmarkTranslate(b, offline(b)) }
