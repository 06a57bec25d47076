/// How the embedded bus keeps its events.
public struct EmbeddedOptions: Sendable {
    /// The size of a file of the log, 8 KiB to 1 GiB.
    public var segmentBytes = 64 << 20
    /// How many bytes of recent events are kept in memory; older ones are read from the log.
    public var cacheBytes = 64 << 20

    /// The defaults.
    public init() {}
}
