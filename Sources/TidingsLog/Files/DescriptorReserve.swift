import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Descriptors that are kept for the files of logs, so that a log goes on while the rest of the process has used up all
/// others.
///
/// They are open on nothing. One is given up when a file cannot be opened otherwise, and taken again as soon as a file is
/// closed.
final class DescriptorReserve: Sendable {
    /// The process has one table of descriptors, so it has one reserve, from the first file on.
    static let shared = DescriptorReserve(count: 16)

    private let count: Int
    private let spares = Mutex<[Int32]>([])

    private init(count: Int) {
        self.count = count
        refill()
    }

    /// Gives up a descriptor, so that another file may be opened; `false` if none is left.
    func giveUp() -> Bool {
        guard let spare = spares.withLock({ $0.popLast() }) else { return false }
        close(spare)
        return true
    }

    /// Takes again what was given up, as far as there is something to take.
    func refill() {
        spares.withLock { spares in
            while spares.count < count {
                let spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
                guard spare >= 0 else { return }
                spares.append(spare)
            }
        }
    }
}
