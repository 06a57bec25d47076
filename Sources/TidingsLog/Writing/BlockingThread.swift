#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A thread that may block: on the disk, or on a lock that is held for long.
///
/// Blocking calls must not run on the cooperative pool, whose few threads all tasks share.
///
/// Safety: holds only the identifier of a thread, which never changes.
package struct BlockingThread: @unchecked Sendable {
    private let identifier: pthread_t

    /// Starts a thread that runs the body once.
    ///
    /// - Parameters:
    ///   - name: What tools that list threads show: 15 bytes at most.
    ///   - body: What the thread runs.
    package init(named name: StaticString, _ body: @escaping @Sendable () -> Void) throws(LogError) {
        let work = Unmanaged.passRetained(Work(name, body))
        do throws(FileError) {
            // Other threads may end meanwhile.
            identifier = try CallRetries().repeating { () throws(FileError) in try Self.start(work.toOpaque()) }
        } catch {
            work.release()
            throw LogError(
                .io, "The operating system refused to start a thread. Raise the limit on threads.", cause: error)
        }
    }

    private static func start(_ work: UnsafeMutableRawPointer) throws(FileError) -> pthread_t {
        #if canImport(Glibc)
        var started = pthread_t()
        let number = pthread_create(&started, nil, { Self.run($0) }, work)
        let thread: pthread_t? = started
        #else
        var thread: pthread_t?
        let number = pthread_create(&thread, nil, { Self.run($0) }, work)
        #endif
        guard number == 0, let thread else { throw FileError("pthread_create", "a thread of the log", number) }
        return thread
    }

    /// Whether the caller runs on this thread.
    package var isCurrent: Bool { pthread_equal(identifier, pthread_self()) != 0 }

    /// Waits until the body has returned. Once only.
    package func join() { pthread_join(identifier, nil) }

    /// Lets the thread end by itself. Instead of joining, once only.
    package func detach() { pthread_detach(identifier) }

    private static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let work = Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
        setName(work.name)
        work.body()
        return nil
    }

    /// Names the calling thread. Without its name it works as well.
    private static func setName(_ name: StaticString) {
        #if canImport(Darwin)
        _ = name.withUTF8Buffer { pthread_setname_np(String(decoding: $0, as: UTF8.self)) }
        #else
        // The call for it is hidden from Swift.
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = name.withUTF8Buffer { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        #endif
    }

    private final class Work {
        let name: StaticString
        let body: @Sendable () -> Void

        init(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
