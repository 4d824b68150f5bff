package e2e_test

import "testing"

func TestIngressesAreServed(t *testing.T) {
	abreastOnEachCloud(t, func(t *testing.T, s *stage) {
		s.run(t)
		s.workload(t, s.ns, "shop", 3, nil)
		s.workload(t, s.ns, "cart", 2, nil)
		s.ingress(t, "front", "shop", "cart")
		s.awaitServing(t, "front", "/", "shop", 3)
		s.awaitServing(t, "front", "/cart", "cart", 2)
		if err := scale(t.Context(), s.client, s.ns, "shop", 5); err != nil {
			t.Fatal(err)
		}
		s.awaitServing(t, "front", "/", "shop", 5)
		s.retire(t, "front")
	})
}
