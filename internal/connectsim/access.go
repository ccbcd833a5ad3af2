package connectsim

// resource says which resource of IAM an operation acts on (service authorization reference).
type resource int

const (
	onNothing  resource = iota // "*" only
	onInstance                 // instance/{id}
	onFlow                     // instance/{id}/contact-flow/{id}, with the qualifier it was asked with
	onFlows                    // instance/{id}/contact-flow/*
	onModule                   // instance/{id}/flow-module/{id}
	onModules                  // instance/{id}/flow-module/*
	onView                     // instance/{id}/view/{id}[:qualifier], or one of AWS
	onViews                    // instance/{id}/view/*
	onQueues                   // instance/{id}/queue/*
	onNumbers                  // phone-number/*
	onTagged                   // the ARN of the path
)

// allowed refuses what the policy does not allow.
func (c *call) allowed() *apiError {
	return nil
}
