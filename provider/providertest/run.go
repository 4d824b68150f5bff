//nolint:thelper // the function is a test, and a failure is to name its own line
package providertest

import "testing"

// Run tests a plugin against the contract.
func Run(t *testing.T, h Harness) {
	t.Run("contract", func(t *testing.T) { runContract(t, h) })
	t.Run("scenarios", func(t *testing.T) { runScenarios(t, h) })
}
