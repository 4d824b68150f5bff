package awstest

// The shapes of AWS Certificate Manager (service model 2015-12-08) for imported certificates. Times
// are seconds since 1970 (JSON 1.1).

type acmTag struct {
	Key   string `aws:"required,min=1,max=128,pattern=tag"`
	Value string `aws:"min=0,max=256,pattern=tag" json:",omitempty"`
}

type importCertificateInput struct {
	CertificateArn   string   `aws:"min=20,max=2048,pattern=acmArn"`
	Certificate      []byte   `aws:"required,min=1,max=32768"`
	PrivateKey       []byte   `aws:"required,min=1,max=5120"`
	CertificateChain []byte   `aws:"min=1,max=2097152"`
	Tags             []acmTag `aws:"min=1,max=50"`
}

type certificateArnOutput struct{ CertificateArn string }

type certificateArnInput struct {
	CertificateArn string `aws:"required,min=20,max=2048,pattern=acmArn"`
}

type certificateTagsInput struct {
	CertificateArn string   `aws:"required,min=20,max=2048,pattern=acmArn"`
	Tags           []acmTag `aws:"required,min=1,max=50"`
}

type describeCertificateOutput struct{ Certificate acmCertificateDetail }

type acmCertificateDetail struct {
	CertificateArn          string
	DomainName              string   `json:",omitempty"`
	SubjectAlternativeNames []string `json:",omitempty"`
	Serial                  string
	Subject                 string
	Issuer                  string
	CreatedAt               float64
	ImportedAt              float64
	Status                  string
	NotBefore               float64
	NotAfter                float64
	KeyAlgorithm            string
	SignatureAlgorithm      string
	InUseBy                 []string
	Type                    string
	RenewalEligibility      string
}

type listCertificatesInput struct {
	CertificateStatuses []string `aws:"enum=PENDING_VALIDATION|ISSUED|INACTIVE|EXPIRED|VALIDATION_TIMED_OUT|REVOKED|FAILED"`
	Includes            *acmFilters
	NextToken           string `aws:"min=1,max=10000"`
	MaxItems            *int32 `aws:"min=1,max=1000"`
	SortBy              string `aws:"enum=CREATED_AT"`
	SortOrder           string `aws:"enum=ASCENDING|DESCENDING"`
}

type acmFilters struct {
	KeyTypes []string `aws:"enum=RSA_1024|RSA_2048|RSA_3072|RSA_4096|EC_prime256v1|EC_secp384r1|EC_secp521r1" json:"keyTypes"`
}

type listCertificatesOutput struct {
	CertificateSummaryList []acmCertificateSummary
	NextToken              string `json:",omitempty"`
}

type acmCertificateSummary struct {
	CertificateArn                  string
	DomainName                      string   `json:",omitempty"`
	SubjectAlternativeNameSummaries []string `json:",omitempty"`
	Status                          string
	Type                            string
	KeyAlgorithm                    string
	InUse                           bool
	RenewalEligibility              string
	NotBefore                       float64
	NotAfter                        float64
	CreatedAt                       float64
	ImportedAt                      float64
}

type listTagsOutput struct{ Tags []acmTag }
