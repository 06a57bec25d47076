#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A moment on the monotonic clock, by which the writer thread bounds its waiting. No time goes into a file.
struct Deadline: Sendable {
    /// Nanoseconds on the monotonic clock.
    let nanoseconds: Int64

    init(after duration: Duration) {
        let (seconds, attoseconds) = duration.components
        // A wait of more than a year is as good as any.
        nanoseconds = Self.now + min(seconds, 31_536_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    var hasPassed: Bool { nanoseconds <= Self.now }

    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
