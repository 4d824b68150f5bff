package main

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"embed"
	"encoding/pem"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/headgate-io/headgate/model/kube"
	"github.com/headgate-io/headgate/model/kube/manifest"
)

//go:embed manifests/*.yaml
var shipped embed.FS

// objects are the objects of a tour. Each tour has its own copy, because it replaces pods.
type objects struct {
	kube.Objects
	notes []string // about generated objects, for the reader
}

// load reads the manifests, by default those of the shop, and generates missing certificates and
// pods.
func load(paths []string) (*objects, error) {
	o := &objects{}
	var err error
	if len(paths) == 0 {
		err = o.read(shipped, "manifests")
	}
	for _, path := range paths {
		if err == nil {
			err = o.read(os.DirFS(filepath.Dir(path)), filepath.Base(path))
		}
	}
	if err != nil {
		return nil, err
	}
	if len(o.Ingresses) == 0 {
		return nil, fmt.Errorf("no Ingress in %v", paths)
	}
	if err := o.makeCertificates(); err != nil {
		return nil, err
	}
	o.makeEndpoints()
	return o, nil
}

// read reads a file, or all manifests in a folder and its subfolders.
func (o *objects) read(fsys fs.FS, path string) error {
	return fs.WalkDir(fsys, path, func(file string, d fs.DirEntry, err error) error {
		ext := filepath.Ext(file)
		if err != nil || d.IsDir() || (file != path && ext != ".yaml" && ext != ".yml" && ext != ".json") {
			return err
		}
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		_, err = manifest.Decode(file, data, &o.Objects)
		return err
	})
}

// copy returns a copy that shares everything that a tour does not change.
func (o *objects) copy() *objects {
	c := *o
	c.EndpointSlices = make([]*discoveryv1.EndpointSlice, len(o.EndpointSlices))
	for i, s := range o.EndpointSlices {
		c.EndpointSlices[i] = s.DeepCopy()
	}
	c.Nodes = make([]*corev1.Node, len(o.Nodes))
	for i, n := range o.Nodes {
		c.Nodes[i] = n.DeepCopy()
	}
	return &c
}

// makeCertificates generates a certificate for each Secret that an Ingress names and that is not
// among the manifests.
func (o *objects) makeCertificates() error {
	for _, ing := range o.Ingresses {
		for _, entry := range ing.Spec.TLS {
			if entry.SecretName == "" || o.hasSecret(ing.Namespace, entry.SecretName) {
				continue
			}
			secret, err := certificate(ing.Namespace, entry)
			if err != nil {
				return fmt.Errorf("make Secret %s/%s: %w", ing.Namespace, entry.SecretName, err)
			}
			o.Secrets = append(o.Secrets, secret)
			o.notes = append(o.notes, fmt.Sprintf("made up Secret %s/%s: a certificate for %v", ing.Namespace, entry.SecretName, entry.Hosts))
		}
	}
	return nil
}

func (o *objects) hasSecret(namespace, name string) bool {
	return slices.ContainsFunc(o.Secrets, func(s *corev1.Secret) bool { return s.Namespace == namespace && s.Name == name })
}

func certificate(namespace string, entry networkingv1.IngressTLS) (*corev1.Secret, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	hosts := entry.Hosts
	if len(hosts) == 0 {
		hosts = []string{"quickstart.example.com"}
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: hosts[0]},
		DNSNames:     hosts,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(0, 3, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: entry.SecretName},
		Type:       corev1.SecretTypeTLS,
		Data: map[string][]byte{
			corev1.TLSCertKey:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
			corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
		},
	}, nil
}

// podsMadeUp is the number of pods of a Service that has no EndpointSlice in the manifests.
const podsMadeUp = 3

// makeEndpoints generates pods for the Services that have none.
func (o *objects) makeEndpoints() {
	for i, svc := range o.Services {
		if o.hasEndpoints(svc) || svc.Spec.Type == corev1.ServiceTypeExternalName || len(svc.Spec.Ports) == 0 {
			continue
		}
		o.EndpointSlices = append(o.EndpointSlices, madeUp(svc, i))
		o.notes = append(o.notes, fmt.Sprintf("made up %d pods of Service %s/%s", podsMadeUp, svc.Namespace, svc.Name))
	}
}

func (o *objects) hasEndpoints(svc *corev1.Service) bool {
	return slices.ContainsFunc(o.EndpointSlices, func(s *discoveryv1.EndpointSlice) bool {
		return s.Namespace == svc.Namespace && s.Labels[discoveryv1.LabelServiceName] == svc.Name
	})
}

// madeUp returns a slice whose pods have addresses from 10.0.100.0 on, which the shop does not use.
func madeUp(svc *corev1.Service, n int) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: svc.Namespace, Name: svc.Name + "-made-up", Labels: map[string]string{discoveryv1.LabelServiceName: svc.Name},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
	}
	for i, p := range svc.Spec.Ports {
		s.Ports = append(s.Ports, discoveryv1.EndpointPort{Name: new(p.Name), Port: new(int32(8080 + i)), Protocol: new(cmp.Or(p.Protocol, corev1.ProtocolTCP))})
	}
	for i := range podsMadeUp {
		zone := string(rune('a' + i))
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{
			Addresses: []string{fmt.Sprintf("10.0.%d.%d", 100+n/80, 10+n%80*podsMadeUp+i)},
			NodeName:  new("node-" + zone),
			Zone:      new("zone-" + zone),
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: svc.Namespace, Name: svc.Name + "-" + zone},
		})
	}
	return s
}

// moveTo replaces each zone of the manifests by a zone of the cloud, so that any manifest works on
// any cloud.
func (o *objects) moveTo(zones []string) {
	names := map[string]string{"": ""}
	rename := func(z string) string {
		if _, known := names[z]; !known {
			names[z] = zones[(len(names)-1)%len(zones)]
		}
		return names[z]
	}
	for _, s := range o.EndpointSlices {
		for i := range s.Endpoints {
			if z := s.Endpoints[i].Zone; z != nil {
				s.Endpoints[i].Zone = new(rename(*z))
			}
		}
	}
	for _, n := range o.Nodes {
		if z := n.Labels[corev1.LabelTopologyZone]; z != "" {
			n.Labels[corev1.LabelTopologyZone] = rename(z)
		}
	}
}
