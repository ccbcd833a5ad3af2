package connectsim

func flowVersionOperations() []*operation { return nil }
