package kube

import (
	"slices"

	"github.com/headgate-io/headgate/model"
)

// prefix is the domain of Headgate's annotations.
const prefix = "headgate.io/"

// objects is a set of kinds of objects.
type objects uint8

const (
	onIngress objects = 1 << iota
	onService
)

// String names the kinds.
func (o objects) String() string {
	switch o {
	case onIngress:
		return "Ingress"
	case onService:
		return "Service"
	default:
		return "Ingress or Service"
	}
}

// annotation is a setting of an object, by an annotation. ANNOTATIONS.md lists them all.
type annotation struct {
	model.Setting[settings]
	on objects
}

// settings are what the annotations of one object set. The zero value of a field means not set.
type settings struct {
	balancer model.LoadBalancer
	tls      model.ListenerTLS
	group    model.Group
	groupSet bool // any setting of a group is set
	ingress  ingressSettings
}

// ingressSettings are what no part of the model stores.
type ingressSettings struct {
	group, http, redirect, wildcards model.Text
	certificates                     model.List
}

// annotations returns all annotations. The settings of the model are declared in package model.
func annotations() []annotation {
	return slices.Concat(
		on(onIngress, ingressTable()),
		on(onIngress, model.Within(model.LoadBalancerSettings(), inBalancer)),
		on(onIngress, model.Within(model.TLSSettings(), inTLS)),
		on(onIngress|onService, model.Within(model.GroupSettings(), inGroup)),
	)
}

func inBalancer(s *settings) *model.LoadBalancer { return &s.balancer }
func inTLS(s *settings) *model.ListenerTLS       { return &s.tls }
func inGroup(s *settings) *model.Group           { return &s.group }

func on(kinds objects, rows []model.Setting[settings]) []annotation {
	all := make([]annotation, len(rows))
	for i, r := range rows {
		all[i] = annotation{Setting: r, on: kinds}
	}
	return all
}

// ingressTable declares the settings that only an Ingress has.
func ingressTable() []model.Setting[settings] {
	return []model.Setting[settings]{
		{
			Name: "group", Example: "shared", Unset: "a load balancer of its own",
			Allowed: "a DNS label: lower case letters, digits and '-', up to 63",
			Meaning: "The Ingresses that name the same group share one load balancer, across namespaces.",
			Bounds:  model.Bounds{Check: isLabel},
			At:      func(s *settings) model.Value { return &s.ingress.group },
		},
		{
			Name: "http", Example: "off", Unset: "on",
			Meaning: "Whether port 80 serves the routes of this Ingress.",
			Bounds:  model.Bounds{OneOf: "on off"},
			At:      func(s *settings) model.Value { return &s.ingress.http },
		},
		{
			Name: "tls-redirect", Example: "308", Unset: "false",
			Allowed: "true, false, or the status 301, 302, 307 or 308",
			Meaning: "Port 80 redirects the hosts that port 443 covers, with 301 or the given status.",
			Bounds:  model.Bounds{OneOf: "true false 301 302 307 308"},
			At:      func(s *settings) model.Value { return &s.ingress.redirect },
		},
		{
			Name: "certificates", Example: "shop-certificate", Unset: "the Secrets of spec.tls",
			Allowed: "names that the cloud gives to certificates (an ARN, a self-link, a Key Vault secret), separated by commas, up to 25",
			Meaning: "Certificates that the cloud already has. They serve the hosts of every spec.tls entry without a Secret, or all hosts if spec.tls is empty.",
			Bounds:  model.Bounds{Max: 25, Check: model.IsWord},
			At:      func(s *settings) model.Value { return &s.ingress.certificates },
		},
		{
			Name: "wildcard-hosts", Example: "any-depth", Unset: "one-label",
			Meaning: "How many labels the \"*\" of a wildcard host stands for.",
			Bounds:  model.Bounds{OneOf: "one-label any-depth"},
			At:      func(s *settings) model.Value { return &s.ingress.wildcards },
		},
	}
}

// redirectStatus returns the status of the redirect to HTTPS; zero for no redirect.
func (s *ingressSettings) redirectStatus() int {
	switch s.redirect {
	case "true", "301":
		return 301
	case "302":
		return 302
	case "307":
		return 307
	case "308":
		return 308
	default:
		return 0
	}
}

// wildcard returns what the "*" of a host stands for.
func (s *ingressSettings) wildcard() model.Wildcard {
	if s.wildcards == "any-depth" {
		return model.AnyLabels
	}
	return model.OneLabel
}
