package providertest

import (
	"testing"
)

func runContract(t *testing.T, h Harness) {
	t.Run("Name is the short name of the cloud", func(t *testing.T) {
		if newStage(t, h).Process().Name() == "" {
			t.Error("it has none")
		}
	})
}
