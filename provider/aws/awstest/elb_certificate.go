package awstest

import (
	"slices"
)

// checkCertificate checks for exactly one existing certificate, without IsDefault (CreateListener,
// AddListenerCertificates).
func (s *Server) checkCertificate(list []elbCertificate) error {
	switch {
	case len(list) == 0 || list[0].CertificateArn == "":
		return invalid("A certificate must be specified for HTTPS listeners")
	case len(list) > 1:
		return refuse("TooManyCertificates", "only one certificate can be specified")
	case list[0].IsDefault != nil:
		return invalid("IsDefault must not be specified for a certificate")
	case s.state.certificate(list[0].CertificateArn) == nil:
		return refuse("CertificateNotFound", "certificate '%s' not found", list[0].CertificateArn)
	default:
		return nil
	}
}

func (s *Server) mustHTTPSListener(arn string) (*listener, error) {
	l, err := s.mustListener(arn)
	if err == nil && l.Shape.Protocol != "HTTPS" {
		return nil, refuse("InvalidConfigurationRequest", "certificates cannot be specified for HTTP listeners")
	}
	return l, err
}

// addListenerCertificates adds one certificate. Adding it again changes nothing
// (AddListenerCertificates).
func (s *Server) addListenerCertificates(in *listenerCertificatesInput) (*certificatesOutput, error) {
	l, err := s.mustHTTPSListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	if err := s.checkCertificate(in.Certificates); err != nil {
		return nil, err
	}
	arn := in.Certificates[0].CertificateArn
	if !slices.Contains(l.Certificates, arn) {
		if s.extraCertificates(l.Shape.LoadBalancerArn) >= maxCertificates {
			return nil, refuse("TooManyCertificates", "at most %d certificates are allowed for a load balancer", maxCertificates)
		}
		l.Certificates = append(l.Certificates, arn)
		s.listenerChanged(l)
	}
	return &certificatesOutput{Certificates: []elbCertificate{{CertificateArn: arn, IsDefault: ptr(false)}}}, nil
}

func (s *Server) extraCertificates(balancer string) int {
	n := 0
	for _, l := range s.state.balancer(balancer).listeners {
		n += len(l.Certificates)
	}
	return n
}

// removeListenerCertificates removes a certificate from the list. The default certificate can only
// be replaced (RemoveListenerCertificates). Unverified: that removing a certificate which is not in
// the list succeeds.
func (s *Server) removeListenerCertificates(in *listenerCertificatesInput) (*emptyOutput, error) {
	l, err := s.mustHTTPSListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	if len(in.Certificates) != 1 || in.Certificates[0].CertificateArn == "" {
		return nil, invalid("Exactly one certificate must be specified")
	}
	arn := in.Certificates[0].CertificateArn
	if !slices.Contains(l.Certificates, arn) && l.Shape.Certificates[0].CertificateArn == arn {
		return nil, refuse("OperationNotPermitted", "default certificate cannot be removed")
	}
	l.Certificates = slices.DeleteFunc(slices.Clone(l.Certificates), func(other string) bool { return other == arn })
	s.listenerChanged(l)
	return &emptyOutput{}, nil
}

func (s *Server) describeListenerCertificates(in *describeListenerCertificatesInput) (*describeListenerCertificatesOutput, error) {
	l, err := s.mustListener(in.ListenerArn)
	if err != nil {
		return nil, err
	}
	found := []elbCertificate{}
	for _, c := range l.Shape.Certificates {
		found = append(found, elbCertificate{CertificateArn: c.CertificateArn, IsDefault: ptr(true)})
	}
	for _, arn := range l.Certificates {
		found = append(found, elbCertificate{CertificateArn: arn, IsDefault: ptr(false)})
	}
	part, next, err := page(found, in.Marker, in.PageSize)
	return &describeListenerCertificatesOutput{Certificates: part, NextMarker: next}, err
}
