package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ingress creates an Ingress with one host, whose paths lead to Services of the same names; "/"
// leads to the first.
func (s *stage) ingress(t *testing.T, name string, services ...string) {
	t.Helper()
	prefix := networkingv1.PathTypePrefix
	var paths []networkingv1.HTTPIngressPath
	for i, service := range services {
		path := "/" + service
		if i == 0 {
			path = "/"
		}
		paths = append(paths, networkingv1.HTTPIngressPath{
			Path: path, PathType: &prefix,
			Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{
				Name: service, Port: networkingv1.ServiceBackendPort{Name: "http"},
			}},
		})
	}
	ingress := &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: networkingv1.IngressSpec{
			IngressClassName: &s.ns,
			Rules: []networkingv1.IngressRule{{
				Host:             name + ".example.com",
				IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: paths}},
			}},
		},
	}
	if _, err := s.client.NetworkingV1().Ingresses(s.ns).Create(t.Context(), ingress, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// address returns the address in the Ingress's status, or an error if there is none.
func (s *stage) address(ctx context.Context, name string) (string, error) {
	ingress, err := s.client.NetworkingV1().Ingresses(s.ns).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	for _, a := range ingress.Status.LoadBalancer.Ingress {
		return a.Hostname + a.IP, nil
	}
	return "", errors.New("no address in its status")
}

// send sends a request to the load balancer of an Ingress as a client on the internet would, over a
// new connection.
func (s *stage) send(ctx context.Context, name, path string) (reply, error) {
	address, err := s.address(ctx, name)
	if err != nil {
		return reply{}, err
	}
	return s.sendTo(ctx, address, name, path)
}

func (s *stage) sendTo(ctx context.Context, address, name, path string) (reply, error) {
	transport := &http.Transport{DialContext: s.Front().Dial, DisableKeepAlives: true}
	return ask(ctx, &http.Client{Transport: transport}, "http://"+address+path, name+".example.com")
}

// serves returns nil if the path of the Ingress leads to n pods of the Service and to no other.
func (s *stage) serves(ctx context.Context, name, path, service string, n int) error {
	pods := map[string]bool{}
	for range 4 * n {
		r, err := s.send(ctx, name, path)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(r.Pod, service+"-") {
			return fmt.Errorf("%s is answered by %s", path, r.Pod)
		}
		pods[r.Pod] = true
	}
	if len(pods) != n {
		return fmt.Errorf("%s is answered by %d pods of %d", path, len(pods), n)
	}
	return nil
}

// awaitServing waits until serves returns nil.
func (s *stage) awaitServing(t *testing.T, name, path, service string, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s%s served by %d pods of %s", name, path, n, service), func(ctx context.Context) error {
		return s.serves(ctx, name, path, service, n)
	})
}

// retire deletes an Ingress, and waits until the account is exactly as it was before the test.
func (s *stage) retire(t *testing.T, name string) {
	t.Helper()
	if err := s.client.NetworkingV1().Ingresses(s.ns).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Ingress is gone", func(ctx context.Context) error {
		_, err := s.client.NetworkingV1().Ingresses(s.ns).Get(ctx, name, metav1.GetOptions{})
		return absent(err)
	})
	eventually(t, "nothing is left in the cloud", func(context.Context) error { return unequal(s.fresh, s.Snapshot()) })
}

// unequal returns the differences between two snapshots of an account.
func unequal(want, got map[string]string) error {
	var errs []error
	for name, content := range got {
		if _, known := want[name]; !known {
			errs = append(errs, fmt.Errorf("%s is new", name))
		} else if want[name] != content {
			errs = append(errs, fmt.Errorf("%s was %s and is %s", name, want[name], content))
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			errs = append(errs, fmt.Errorf("%s is gone", name))
		}
	}
	return errors.Join(errs...)
}

// census counts the objects of an account by kind. Accounts in equal states have equal counts,
// whatever the names.
func census(snapshot map[string]string) map[string]int {
	n := map[string]int{}
	for name := range snapshot {
		kind, _, _ := strings.Cut(name, "/")
		n[kind]++
	}
	return n
}
