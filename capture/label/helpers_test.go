package label

func ptr(s string) *string { return &s }
