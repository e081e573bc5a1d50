/// What a store's writer does for rebuilding a plugin beside the live one (rules 9 and 32).
public protocol GenerationWriting: AnyObject {}

/// What a store's reader tells for comparing a rebuilt plugin with the live one.
public protocol GenerationReading: AnyObject {}
