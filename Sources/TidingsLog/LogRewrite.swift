/// What becomes of a record when its segment is compacted.
public enum LogRewrite: Sendable {
    /// It stays as it is.
    case keep
    /// It goes, and with it its position.
    case drop
    /// These bytes stand in its place from then on, at its position.
    case replace([UInt8])
}
