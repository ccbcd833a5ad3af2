package connectsim

import "strings"

// credentials are what the simulator reads of a SigV4 Authorization header. Signatures are not verified: any key works.
type credentials struct{ key, region, service string }

// maxRegion is more characters than the name of any Region has.
const maxRegion = 64

// parseAuthorization reads "AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …"; zero where it is none.
func parseAuthorization(header string) credentials {
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	if !ok {
		return credentials{}
	}
	for part := range strings.SplitSeq(rest, ",") {
		scope, ok := strings.CutPrefix(strings.TrimSpace(part), "Credential=")
		if !ok {
			continue
		}
		// A key may hold slashes in theory; the scope's four fields are counted from the end.
		f := strings.Split(scope, "/")
		if n := len(f); n >= 5 && f[n-1] == "aws4_request" && len(f[n-3]) <= maxRegion {
			return credentials{key: strings.Join(f[:n-4], "/"), region: f[n-3], service: f[n-2]}
		}
	}
	return credentials{}
}

// firstAccount is whose instances any access key sees that AssumeRole did not hand out.
const firstAccount = "111122223333"

// account is whose call this is. It is called with the mutex held.
func (s *Sim) account(op *operation, c credentials) (string, *apiError) {
	switch session, ok := s.sessions[c.key]; {
	case c.key == "" && op.query:
		return "", fail("MissingAuthenticationToken", "the request is not signed")
	case c.key == "":
		return "", fail("MissingAuthenticationTokenException", "the request is not signed")
	case !ok:
		return firstAccount, nil
	case !s.o.Now().Before(session.Expires) && op.query:
		return "", fail("ExpiredToken", "the security token included in the request is expired")
	case !s.o.Now().Before(session.Expires):
		return "", fail("ExpiredTokenException", "the security token included in the request is expired")
	default:
		return session.Account, nil
	}
}
