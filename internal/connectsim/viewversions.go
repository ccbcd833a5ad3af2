package connectsim

func viewVersionOperations() []*operation { return nil }
