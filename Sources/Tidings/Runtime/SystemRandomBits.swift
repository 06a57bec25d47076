import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Secure random numbers of the machine, asked for 256 bytes at a time.
///
/// `SystemRandomNumberGenerator` makes a system call for each number, which was a tenth of what publishing an event cost.
final class SystemRandomBits: Sendable {
    /// The most that one call of `getentropy` gives.
    private static let count = 32

    private let unused = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        unused.withLock { unused in
            if unused.isEmpty { unused = Self.draw() }
            return unused.removeLast()
        }
    }

    private static func draw() -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            guard getentropy(bytes.baseAddress, bytes.count) != 0 else {
                initializedCount = count
                return
            }
            // A machine without the call: the standard library knows another source.
            for index in 0..<count { buffer.initializeElement(at: index, to: .random(in: .min ... .max)) }
            initializedCount = count
        }
    }
}
