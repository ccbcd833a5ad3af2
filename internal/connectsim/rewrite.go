package connectsim

// rewritten is content as the service gives it back where it rewrites what it keeps.
func rewritten(text string) string { return text }
