#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension FileError {
    /// Whether the process or the machine had no descriptor left for it.
    var lacksDescriptors: Bool { number == EMFILE || number == ENFILE }

    /// Whether the call has had no effect and may work the next time: it lacked a descriptor or memory, or was interrupted.
    ///
    /// - Parameter isSync: Whether the call makes something durable. Of a sync that lacked memory nobody knows whether it
    ///   began: Linux tells once that a page could not be written, in whatever words, and then forgets the page. A second
    ///   sync would succeed without it. So that remains final, as `EIO` is; the words that a write to the disk is never
    ///   refused with are not.
    func mayPass(isSync: Bool) -> Bool {
        switch number {
        case EMFILE, ENFILE, EINTR, EAGAIN: true
        case ENOMEM: !isSync || operation == "open"
        default: false
        }
    }
}
