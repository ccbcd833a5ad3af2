package connectsim

func otherOperations() []*operation { return nil }
