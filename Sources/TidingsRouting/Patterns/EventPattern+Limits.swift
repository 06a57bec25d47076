extension EventPattern {
    /// How many Unicode scalars the text of a pattern may have: 4,096. Patterns that are written in Swift, composed of
    /// others, or decoded as a part of something larger may be longer.
    public static let characterLimit = 4_096

    /// How many distinct paths a pattern may name, all its `$or`s taken together: 256.
    public static let pathLimit = 256

    /// How many combinations the `$or`s of a pattern may give, multiplied out: 1,000.
    public static let alternativeLimit = 1_000

    /// How many stars with text after them the wildcards of one field may have together: 256. Each is a place that one
    /// text can have reached while it is compared, so that this bounds what a byte of an event can cost.
    public static let wildcardLimit = 256

    /// How deep objects and lists may be nested in a pattern: 256.
    public static let depthLimit = 256
}
