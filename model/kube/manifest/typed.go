package manifest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	strictjson "k8s.io/apimachinery/pkg/runtime/serializer/json"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/kube"
)

// identity distinguishes two objects.
type identity struct{ kind, namespace, name string }

func newDecoder(into *kube.Objects) *decoder {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(networkingv1.SchemeGroupVersion, &networkingv1.Ingress{}, &networkingv1.IngressClass{})
	scheme.AddKnownTypes(discoveryv1.SchemeGroupVersion, &discoveryv1.EndpointSlice{})
	scheme.AddKnownTypes(corev1.SchemeGroupVersion,
		&corev1.Service{}, &corev1.Secret{}, &corev1.Pod{}, &corev1.Node{}, &corev1.Namespace{})
	d := &decoder{objects: into, known: map[identity]runtime.Object{}}
	d.left.Foreign = map[string]int{}
	d.strict = strictjson.NewSerializerWithOptions(strictjson.DefaultMetaFactory, scheme, scheme, strictjson.SerializerOptions{Strict: true})
	d.remember()
	return d
}

// remember records the objects of earlier files.
func (d *decoder) remember() {
	remember(d, "Ingress", d.objects.Ingresses)
	remember(d, "IngressClass", d.objects.IngressClasses)
	remember(d, "Service", d.objects.Services)
	remember(d, "EndpointSlice", d.objects.EndpointSlices)
	remember(d, "Secret", d.objects.Secrets)
	remember(d, "Pod", d.objects.Pods)
	remember(d, "Node", d.objects.Nodes)
	remember(d, "Namespace", d.objects.Namespaces)
}

func remember[T interface {
	metav1.Object
	runtime.Object
}](d *decoder, kind string, objects []T) {
	for _, o := range objects {
		d.known[identity{kind, o.GetNamespace(), o.GetName()}] = o
	}
}

// typed decodes an object of a known kind, and counts one of another kind.
func (d *decoder) typed(raw []byte, h head) error {
	gv, err := schema.ParseGroupVersion(h.APIVersion)
	if err != nil {
		return fmt.Errorf("apiVersion: %w", err)
	}
	switch {
	case gv.Group == "gateway.networking.k8s.io", h.APIVersion == "v1" && h.Kind == "ConfigMap":
		d.left.Unsupported = append(d.left.Unsupported, model.Ref{Kind: h.Kind, Namespace: h.Metadata.Namespace, Name: h.Metadata.Name})
		return nil
	case !d.ours(gv, h.Kind):
		if want := current(gv.Group, h.Kind); want != "" {
			return fmt.Errorf("apiVersion: is %q, allowed is %s", h.APIVersion, want)
		}
		d.left.Foreign[h.APIVersion+" "+h.Kind]++
		return nil
	}
	if err := checkNames(h); err != nil {
		return err
	}
	gvk := gv.WithKind(h.Kind)
	o, _, err := d.strict.Decode(raw, &gvk, nil)
	if err != nil {
		return describe(raw, err)
	}
	return d.add(o)
}

func (d *decoder) ours(gv schema.GroupVersion, kind string) bool {
	switch gv {
	case networkingv1.SchemeGroupVersion:
		return kind == "Ingress" || kind == "IngressClass"
	case discoveryv1.SchemeGroupVersion:
		return kind == "EndpointSlice"
	case corev1.SchemeGroupVersion:
		return kind == "Service" || kind == "Secret" || kind == "Pod" || kind == "Node" || kind == "Namespace"
	default:
		return false
	}
}

// current returns the version that replaced one which clusters no longer serve (Kubernetes
// reference, "Deprecated API Migration Guide"), so that an old Ingress is not ignored.
func current(group, kind string) string {
	switch {
	case (group == "extensions" || group == networkingv1.GroupName) && (kind == "Ingress" || kind == "IngressClass"):
		return networkingv1.SchemeGroupVersion.String()
	case group == discoveryv1.GroupName && kind == "EndpointSlice":
		return discoveryv1.SchemeGroupVersion.String()
	default:
		return ""
	}
}

// add adds an object to its list. The same object may occur twice; a different object with the same
// name may not.
func (d *decoder) add(o runtime.Object) error {
	kind, meta := d.place(o)
	id := identity{kind, meta.GetNamespace(), meta.GetName()}
	old, twice := d.known[id]
	if twice && !reflect.DeepEqual(old, o) {
		return errors.New("is defined twice, with different content")
	}
	if twice {
		return nil
	}
	d.known[id] = o
	d.store(o)
	return nil
}

// place gives an object its namespace and, for Secrets, the data of stringData.
func (d *decoder) place(o runtime.Object) (kind string, meta metav1.Object) {
	kind = o.GetObjectKind().GroupVersionKind().Kind
	meta = o.(metav1.Object)
	if meta.GetNamespace() == "" && kind != "Node" && kind != "Namespace" && kind != "IngressClass" {
		meta.SetNamespace(metav1.NamespaceDefault)
	}
	if s, ok := o.(*corev1.Secret); ok && len(s.StringData) > 0 {
		data := make(map[string][]byte, len(s.Data)+len(s.StringData))
		for k, v := range s.Data {
			data[k] = v
		}
		// overwrites data, as the API server does (core/v1 reference, Secret)
		for k, v := range s.StringData {
			data[k] = []byte(v)
		}
		s.Data, s.StringData = data, nil
	}
	return kind, meta
}

func (d *decoder) store(o runtime.Object) {
	switch o := o.(type) {
	case *networkingv1.Ingress:
		d.objects.Ingresses = append(d.objects.Ingresses, o)
	case *networkingv1.IngressClass:
		d.objects.IngressClasses = append(d.objects.IngressClasses, o)
	case *corev1.Service:
		d.objects.Services = append(d.objects.Services, o)
	case *discoveryv1.EndpointSlice:
		d.objects.EndpointSlices = append(d.objects.EndpointSlices, o)
	case *corev1.Secret:
		d.objects.Secrets = append(d.objects.Secrets, o)
	case *corev1.Pod:
		d.objects.Pods = append(d.objects.Pods, o)
	case *corev1.Node:
		d.objects.Nodes = append(d.objects.Nodes, o)
	case *corev1.Namespace:
		d.objects.Namespaces = append(d.objects.Namespaces, o)
	}
}

// describe returns the error of the decoder as one line, with the field first.
func describe(raw []byte, err error) error {
	if strict, ok := runtime.AsStrictDecodingError(err); ok && len(strict.Errors()) > 0 {
		first := strict.Errors()[0].Error()
		if what, field, ok := strings.Cut(first, " \""); ok {
			return fmt.Errorf("%s: %s", strings.TrimSuffix(field, `"`), what)
		}
		return errors.New(first)
	}
	return wrongType(raw, err)
}
