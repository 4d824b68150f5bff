package kube

import (
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/headgate-io/headgate/model"
)

// settings is what the annotations of one Ingress say. The zero value of each field means that
// nothing is said.
type settings struct {
	group     string
	scheme    model.Scheme
	family    model.Family
	addresses []string
	policy    model.TLSPolicy
	tags      map[string]string

	httpOff      bool
	redirect     int // status; zero does not redirect
	certificates []string
	wildcard     model.Wildcard // zero is one label

	backend backendSettings
}

// backendSettings is what groups of the same Service and port may differ in. It is comparable.
type backendSettings struct {
	target   model.TargetMode
	protocol model.BackendProtocol
	health   model.HealthCheck
	affinity model.Affinity
	draining time.Duration
	timeout  time.Duration
}

// backendAnnotations are the parsed annotations of a Service, laid over those of each Ingress that
// uses it.
type backendAnnotations []func(*settings)

// ingressSettings parses the annotations of an Ingress and reports what is wrong with them.
// Ingresses without annotations share one.
func (b *builder) ingressSettings(m *member) *settings {
	if len(m.ingress.Annotations) == 0 {
		return &b.none
	}
	valid := b.parseAnnotations(m.ref(), m.ingress.Annotations, onIngress)
	if len(valid) == 0 {
		return &b.none
	}
	all := &b.blocks.settings.take(1)[0]
	for _, set := range valid {
		set(all)
	}
	return all
}

// over are the settings of a Service on those of an Ingress: the Service's own win, since its owner
// knows the backend.
func (b *builder) over(s *service, ingress *backendSettings) *backendSettings {
	if len(s.object.Annotations) == 0 {
		return ingress
	}
	if s.settings == nil {
		ref := model.Ref{Kind: "Service", Namespace: s.object.Namespace, Name: s.object.Name}
		valid := b.parseAnnotations(ref, s.object.Annotations, onService)
		s.settings = &valid
	}
	if len(*s.settings) == 0 {
		return ingress
	}
	all := settings{backend: *ingress}
	for _, set := range *s.settings {
		set(&all)
	}
	return &all.backend
}

// parseAnnotations checks all annotations of Headgate's domain on an object, and returns those that
// are valid, in no order: each sets a field of its own.
func (b *builder) parseAnnotations(ref model.Ref, annotations map[string]string, on objects) backendAnnotations {
	var valid backendAnnotations
	for name, value := range annotations {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		a, message := b.annotation(name, on)
		if message == "" {
			set, ok := a.parse(strings.TrimSpace(value))
			if set != nil {
				valid = append(valid, set)
			}
			if ok {
				continue
			}
			message = name + " is " + quote(value) + ", allowed is " + a.allowed
		}
		b.problem(at(ref, annotationField(name)), model.ReasonInvalid, message)
	}
	return valid
}

// annotation finds a declared annotation, or says what is wrong with its name.
func (b *builder) annotation(name string, on objects) (annotation, string) {
	if b.table == nil {
		b.table = make(map[string]annotation)
		for _, a := range annotations() {
			b.table[a.name] = a
		}
	}
	a, ok := b.table[name]
	switch {
	case !ok:
		return a, "unknown annotation " + quote(name) + nearest(name, b.table)
	case a.on&on == 0:
		return a, name + " has no meaning on this kind; it belongs on " + a.on.String()
	default:
		return a, ""
	}
}

// digest is a short name for settings, the same in every run.
func (s *backendSettings) digest() string {
	h := fnv.New32a()
	for _, v := range []string{
		string(s.target), string(s.protocol), string(s.health.Protocol), s.health.Path, s.health.Host, strconv.Itoa(s.health.Port),
		s.health.Interval.String(), s.health.Timeout.String(), strconv.Itoa(s.health.Healthy), strconv.Itoa(s.health.Unhealthy),
		strconv.Itoa(s.health.Statuses.From), strconv.Itoa(s.health.Statuses.To), string(s.affinity.Type), s.affinity.Cookie,
		s.affinity.TTL.String(), s.draining.String(), s.timeout.String(),
	} {
		_, _ = h.Write([]byte(v)) // never fails, as package hash says
		_, _ = h.Write([]byte{0})
	}
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}
