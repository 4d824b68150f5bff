package awstest

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strconv"
	"strings"
	"time"
)

// certificate is an imported certificate.
type certificate struct {
	ARN      string
	PEM      string // certificate and chain, without the key
	Tags     []acmTag
	pair     tls.Certificate
	created  time.Time
	imported time.Time
}

// maxImportedCertificates is the quota of imported certificates ("AWS Certificate Manager quotas").
const maxImportedCertificates = 2500

func acmOperations() map[string]operation {
	return map[string]operation{
		"ImportCertificate":         writes((*Server).importCertificate),
		"DescribeCertificate":       reads((*Server).describeCertificate),
		"ListCertificates":          reads((*Server).listCertificates),
		"DeleteCertificate":         writes((*Server).deleteCertificate),
		"AddTagsToCertificate":      writes((*Server).addTagsToCertificate),
		"RemoveTagsFromCertificate": writes((*Server).removeTagsFromCertificate),
		"ListTagsForCertificate":    reads((*Server).listTagsForCertificate),
	}
}

func (st *state) certificate(arn string) *certificate {
	return find(st.certificates, func(c *certificate) bool { return c.ARN == arn })
}

// importCertificate imports a new certificate, or a new version of an existing one, which its
// listeners serve at once. An ARN and tags cannot be combined ("You cannot apply tags when you
// reimport").
func (s *Server) importCertificate(in *importCertificateInput) (*certificateArnOutput, error) {
	pair, err := s.parsePair(in)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(string(in.Certificate) + "\n" + string(in.CertificateChain))
	if in.CertificateArn != "" {
		return s.reimport(in, pair, text)
	}
	if err := checkACMTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if len(s.state.certificates) >= maxImportedCertificates {
		return nil, refuse("LimitExceededException", "at most %d certificates can be imported", maxImportedCertificates)
	}
	id := s.state.nextID(32)
	arn := s.arn("acm", "certificate/"+strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-"))
	s.state.certificates = append(s.state.certificates, &certificate{
		ARN: arn, PEM: text, Tags: in.Tags, pair: pair, created: s.now(), imported: s.now(),
	})
	return &certificateArnOutput{CertificateArn: arn}, nil
}

func (s *Server) reimport(in *importCertificateInput, pair tls.Certificate, text string) (*certificateArnOutput, error) {
	c, err := s.mustCertificate(in.CertificateArn)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		return nil, refuse("InvalidParameterException", "tags cannot be applied when a certificate is imported again")
	}
	if keyAlgorithm(c.pair.Leaf) != keyAlgorithm(pair.Leaf) {
		// ACM user guide, "Reimport a certificate": the key type and size must not change, because
		// integrated services rely on them.
		return nil, refuse("InvalidParameterException", "the key algorithm must be that of the replaced certificate")
	}
	c.PEM, c.pair, c.imported = text, pair, s.now()
	s.certificateChanged(c.ARN)
	return &certificateArnOutput{CertificateArn: c.ARN}, nil
}

// parsePair checks a certificate and its key: both are PEM and not encrypted, they belong together,
// and the certificate is valid now (ImportCertificate).
func (s *Server) parsePair(in *importCertificateInput) (tls.Certificate, error) {
	body := slices.Concat(in.Certificate, []byte("\n"), in.CertificateChain)
	pair, err := tls.X509KeyPair(body, in.PrivateKey)
	if err != nil {
		return tls.Certificate{}, refuse("ValidationException", "the certificate and the private key could not be used together: %v", err)
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return tls.Certificate{}, refuse("ValidationException", "could not parse the certificate: %v", err)
	}
	pair.Leaf = leaf
	if count := strings.Count(string(in.Certificate), "-----BEGIN CERTIFICATE-----"); count != 1 {
		return tls.Certificate{}, refuse("ValidationException", "the certificate field contains more than one certificate; specify the others in the chain")
	}
	if now := s.now(); now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
		return tls.Certificate{}, refuse("ValidationException", "the certificate is not valid now")
	}
	if keyAlgorithm(leaf) == "" {
		return tls.Certificate{}, refuse("ValidationException", "the key algorithm is not supported")
	}
	return pair, checkChain(pair)
}

// checkChain checks that each certificate of the chain signs the one before it ("Prerequisites for
// importing ACM certificates").
func checkChain(pair tls.Certificate) error {
	below := pair.Leaf
	for _, der := range pair.Certificate[1:] {
		above, err := x509.ParseCertificate(der)
		if err != nil {
			return refuse("ValidationException", "could not parse the certificate chain: %v", err)
		}
		if below.CheckSignatureFrom(above) != nil {
			return refuse("ValidationException", "the certificate chain does not certify the certificate")
		}
		below = above
	}
	return nil
}

func (s *Server) mustCertificate(arn string) (*certificate, error) {
	if !strings.Contains(arn, ":certificate/") {
		return nil, refuse("InvalidArnException", "'%s' is not a certificate ARN", arn)
	}
	if c := s.state.certificate(arn); c != nil {
		return c, nil
	}
	return nil, refuse("ResourceNotFoundException", "could not find certificate %s", arn)
}

func (s *Server) describeCertificate(in *certificateArnInput) (*describeCertificateOutput, error) {
	c, err := s.mustCertificate(in.CertificateArn)
	if err != nil {
		return nil, err
	}
	leaf := c.pair.Leaf
	return &describeCertificateOutput{Certificate: acmCertificateDetail{
		CertificateArn: c.ARN, DomainName: domainName(leaf), SubjectAlternativeNames: leaf.DNSNames,
		Serial: leaf.SerialNumber.Text(16), Subject: leaf.Subject.String(), Issuer: cmp.Or(leaf.Issuer.CommonName, leaf.Issuer.String()),
		CreatedAt: epoch(c.created), ImportedAt: epoch(c.imported), Status: s.statusOf(leaf),
		NotBefore: epoch(leaf.NotBefore), NotAfter: epoch(leaf.NotAfter), KeyAlgorithm: keyAlgorithm(leaf),
		SignatureAlgorithm: leaf.SignatureAlgorithm.String(), InUseBy: s.users(c.ARN), Type: "IMPORTED", RenewalEligibility: "INELIGIBLE",
	}}, nil
}

func (s *Server) statusOf(leaf *x509.Certificate) string {
	if s.now().After(leaf.NotAfter) {
		return "EXPIRED"
	}
	return "ISSUED"
}

func domainName(leaf *x509.Certificate) string {
	if leaf.Subject.CommonName != "" || len(leaf.DNSNames) == 0 {
		return leaf.Subject.CommonName
	}
	return leaf.DNSNames[0]
}

func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// users returns the load balancers whose listeners serve a certificate.
func (s *Server) users(arn string) []string {
	users := []string{}
	for _, l := range s.state.listeners.all {
		if l.uses(arn) && !slices.Contains(users, l.Shape.LoadBalancerArn) {
			users = append(users, l.Shape.LoadBalancerArn)
		}
	}
	return users
}

func (l *listener) uses(certificate string) bool {
	return slices.Contains(l.Certificates, certificate) ||
		len(l.Shape.Certificates) > 0 && l.Shape.Certificates[0].CertificateArn == certificate
}

// listCertificates returns only RSA_2048 certificates unless the request has key types
// (ListCertificates: "Default filtering returns only RSA_2048 certificates").
func (s *Server) listCertificates(in *listCertificatesInput) (*listCertificatesOutput, error) {
	keyTypes := []string{"RSA_2048"}
	if in.Includes != nil && len(in.Includes.KeyTypes) > 0 {
		keyTypes = in.Includes.KeyTypes
	}
	if (in.SortBy == "") != (in.SortOrder == "") {
		return nil, refuse("ValidationException", "SortBy and SortOrder must be specified together")
	}
	found := []acmCertificateSummary{}
	for _, c := range s.state.certificates {
		status := s.statusOf(c.pair.Leaf)
		wanted := len(in.CertificateStatuses) == 0 || slices.Contains(in.CertificateStatuses, status)
		if wanted && s.visible(c.created) && slices.Contains(keyTypes, keyAlgorithm(c.pair.Leaf)) {
			found = append(found, s.summary(c, status))
		}
	}
	if in.SortOrder == "DESCENDING" {
		slices.Reverse(found)
	}
	part, next, err := page(found, in.NextToken, ptr(or(in.MaxItems, 1000)))
	return &listCertificatesOutput{CertificateSummaryList: part, NextToken: next}, err
}

func (s *Server) summary(c *certificate, status string) acmCertificateSummary {
	leaf := c.pair.Leaf
	return acmCertificateSummary{
		CertificateArn: c.ARN, DomainName: domainName(leaf), SubjectAlternativeNameSummaries: leaf.DNSNames, Status: status,
		Type: "IMPORTED", KeyAlgorithm: keyAlgorithm(leaf), InUse: len(s.users(c.ARN)) > 0, RenewalEligibility: "INELIGIBLE",
		NotBefore: epoch(leaf.NotBefore), NotAfter: epoch(leaf.NotAfter), CreatedAt: epoch(c.created), ImportedAt: epoch(c.imported),
	}
}

// deleteCertificate fails while a load balancer serves the certificate (DeleteCertificate).
func (s *Server) deleteCertificate(in *certificateArnInput) (*emptyOutput, error) {
	c, err := s.mustCertificate(in.CertificateArn)
	if err != nil {
		return nil, err
	}
	if users := s.users(c.ARN); len(users) > 0 {
		return nil, refuse("ResourceInUseException", "certificate %s is in use by %s", c.ARN, strings.Join(users, ", "))
	}
	s.state.certificates = remove(s.state.certificates, c)
	return &emptyOutput{}, nil
}

// keyAlgorithm returns the name in ACM of the key of a certificate. It is empty if ACM does not
// support the key.
func keyAlgorithm(leaf *x509.Certificate) string {
	switch key := leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		name := "RSA_" + strconv.Itoa(key.N.BitLen())
		if slices.Contains([]string{"RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096"}, name) {
			return name
		}
	case *ecdsa.PublicKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return "EC_prime256v1"
		case 384:
			return "EC_secp384r1"
		case 521:
			return "EC_secp521r1"
		}
	}
	return ""
}
