import DequeModule
import Tidings
import TidingsLog

/// Where each event stands that some queue still needs, by sequence, with the latest ones held in memory.
struct EventTable {
    /// Where an event stands in the log.
    struct Place {
        let position: LogPosition
        let offset: UInt32
        let length: UInt32
    }

    private struct Slot {
        let place: Place
        let time: Timestamp
        /// How many queues need it.
        var references: UInt32
        var cached: CachedEvent?
    }

    private var slots: Deque<Slot> = []
    /// The sequence of the first slot.
    private var base: UInt64 = 1
    private var cachedBytes = 0
    private var nextToEvict: UInt64 = 1
    private let cacheLimit: Int

    init(cacheLimit: Int) {
        self.cacheLimit = cacheLimit
    }

    /// The sequence that the next event gets.
    var nextSequence: UInt64 { base + UInt64(slots.count) }

    /// Adds the next event.
    /// - Parameter event: its envelope, to be held in memory; `nil` leaves it in the log.
    mutating func append(_ place: Place, time: Timestamp, references: Int, event: CachedEvent?) {
        let isCached = references > 0 && event != nil
        slots.append(
            Slot(place: place, time: time, references: UInt32(references), cached: isCached ? event : nil))
        if isCached {
            cachedBytes += Int(place.length)
            evict()
        }
        trim()
    }

    /// Makes an event's time, place and, where it is held in memory, envelope known.
    func find(_ sequence: UInt64) -> (event: CachedEvent?, place: Place, time: Timestamp)? {
        guard let index = index(of: sequence) else { return nil }
        let slot = slots[index]
        return (slot.cached, slot.place, slot.time)
    }

    /// A queue does not need an event any more.
    mutating func forget(_ sequence: UInt64) {
        guard let index = index(of: sequence), slots[index].references > 0 else { return }
        slots[index].references -= 1
        if slots[index].references == 0 {
            dropCached(at: index)
            trim()
        }
    }

    private func index(of sequence: UInt64) -> Int? {
        sequence >= base && sequence < nextSequence ? Int(sequence - base) : nil
    }

    private mutating func trim() {
        while slots.first?.references == 0 {
            slots.removeFirst()
            base += 1
        }
    }

    private mutating func evict() {
        nextToEvict = max(nextToEvict, base)
        while cachedBytes > cacheLimit, let index = index(of: nextToEvict) {
            dropCached(at: index)
            nextToEvict += 1
        }
    }

    private mutating func dropCached(at index: Int) {
        guard slots[index].cached != nil else { return }
        slots[index].cached = nil
        cachedBytes -= Int(slots[index].place.length)
    }
}

/// An event in memory, in a box that is filled before the state's lock is taken: an envelope is a dozen references, a
/// box is one.
final class CachedEvent: Sendable {
    let envelope: Envelope

    init(_ envelope: Envelope) {
        self.envelope = envelope
    }
}
