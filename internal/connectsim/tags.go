package connectsim

func tagOperations() []*operation { return nil }
