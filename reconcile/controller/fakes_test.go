package controller

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	clientfake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// testKind is a kind whose objects are ConfigMaps that belong to several load balancers. Their data
// are the fields "balancers", "addresses" and "problems", separated by spaces; "class" is "ours"
// unless it is set.
type testKind struct{}

func (testKind) resource() resource { return resource{"ConfigMap", &corev1.ConfigMap{}} }
func (testKind) class() resource    { return resource{"Namespace", &corev1.Namespace{}} }

func (testKind) list(ctx context.Context, r client.Reader, field, value string) ([]client.Object, error) {
	var l corev1.ConfigMapList
	if err := r.List(ctx, &l, client.MatchingFields{field: value}); err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	return pointers(l.Items), nil
}

func (testKind) classes(context.Context, client.Reader, string) ([]client.Object, error) {
	return []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "ours"}}}, nil
}

func (testKind) classOf(_ context.Context, _ client.Reader, o client.Object, _ model.ID, controller string) (classState, error) {
	switch cmp.Or(dataOf(o)["class"], controller) {
	case controller:
		return classOurs, nil
	case "missing":
		return classMissing, nil
	default:
		return classForeign, nil
	}
}

func (testKind) loadBalancers(o client.Object) []model.ID {
	var out []model.ID
	for _, id := range strings.Fields(dataOf(o)["balancers"]) {
		out = append(out, model.ID(id))
	}
	return out
}

func (testKind) services(client.Object) []string              { return nil }
func (testKind) secrets(client.Object) []string               { return nil }
func (testKind) ports(client.Object, *corev1.Service) []int32 { return nil }
func (testKind) add(*kube.Objects, client.Object)             {}
func (testKind) addresses(o client.Object) []string           { return strings.Fields(dataOf(o)["addresses"]) }

func (testKind) withStatus(o client.Object, s objectStatus) client.Object {
	addresses, problems := strings.Join(s.addresses, " "), ""
	for _, p := range s.problems {
		problems += p.Message
	}
	if data := dataOf(o); data["addresses"] == addresses && data["problems"] == problems {
		return o
	}
	c := o.DeepCopyObject().(*corev1.ConfigMap) //nolint:forcetypeassert // it is one
	c.Data["addresses"], c.Data["problems"] = addresses, problems
	return c
}

func (k testKind) indexes() []Index {
	return []Index{{k.resource().empty, byBalancer, func(o client.Object) []string { return stringsOf(k.loadBalancers(o)) }}}
}

func dataOf(o client.Object) map[string]string {
	if c, ok := o.(*corev1.ConfigMap); ok {
		return c.Data
	}
	return nil
}

const testFinalizer = "headgate.io/cleanup-test"

// shared is an object of testKind with the finalizer.
func shared(name, balancers string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: "1", Finalizers: []string{testFinalizer}},
		Data:       map[string]string{"balancers": balancers},
	}
}

// store returns an API server with some objects of testKind. A ConfigMap has no status, so patches
// of the status change the object.
func store(objects ...client.Object) client.Client {
	b := clientfake.NewClientBuilder().WithScheme(scheme.Scheme).WithObjects(objects...)
	for _, i := range (testKind{}).indexes() {
		b = b.WithIndex(i.Object, i.Field, i.Extract)
	}
	return b.WithInterceptorFuncs(interceptor.Funcs{
		SubResourcePatch: func(ctx context.Context, c client.Client, _ string, o client.Object, p client.Patch, _ ...client.SubResourcePatchOption) error {
			return c.Patch(ctx, o, p)
		},
	}).Build()
}

func ownersIn(r client.Reader) owners {
	return owners{reader: r, kinds: []kind{testKind{}}, controller: "headgate.io/test", finalizer: testFinalizer}
}

// stored reads an object, or returns nil if it does not exist.
func stored(t *testing.T, r client.Reader, name string) *corev1.ConfigMap {
	t.Helper()
	o, err := get[corev1.ConfigMap](t.Context(), r, "shop/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// claimantsOf returns an object as the only claimant, as it is stored.
func claimantsOf(t *testing.T, r client.Reader, name string) []claimant {
	t.Helper()
	return []claimant{{testKind{}, stored(t, r, name)}}
}

// reports records events.
type reports []string

func (r *reports) report(_ context.Context, e event) {
	*r = append(*r, fmt.Sprintf("%s %s: %s", e.object.Name, e.reason, e.note))
}

// calls records what is added to a queue.
type calls []string

func (c *calls) now(id model.ID) { *c = append(*c, "now "+string(id)) }
func (c *calls) after(id model.ID, d time.Duration) {
	*c = append(*c, fmt.Sprintf("%s after %s", id, d))
}
func (c *calls) listed(id model.ID) { *c = append(*c, "listed "+string(id)) }

func (c *calls) drain() []string {
	out := *c
	*c = nil
	return out
}

// follower is a process that does not lead.
type follower struct{}

func (follower) MayWrite() bool { return false }
