import Testing
import Tidings
import TidingsBroker

@Suite struct MaintenanceScheduleTests {
    enum Step {
        case grow(to: UInt32, isDue: Bool)
        case full(at: Int, isDue: Bool)
        case age(at: Int, isDue: Bool)
        case expired(isDue: Bool)
        case end
        case checkpoint(at: UInt32)
        case worth(at: UInt32, Bool)
    }

    /// Segments of 1,000 bytes, and a checkpoint each 800.
    static let scenarios: [[Step]] = [
        [.grow(to: 799, isDue: false), .grow(to: 800, isDue: true), .worth(at: 99, false), .worth(at: 100, true)],
        // None while one runs, and one that failed is not tried again at once.
        [
            .grow(to: 900, isDue: true), .grow(to: 1900, isDue: false), .full(at: 0, isDue: false), .end,
            .grow(to: 1950, isDue: false), .grow(to: 2000, isDue: true),
        ],
        [
            .grow(to: 900, isDue: true), .checkpoint(at: 900), .end, .grow(to: 1699, isDue: false),
            .grow(to: 1700, isDue: true),
        ],
        // A full disk, and a clock that is set back.
        [
            .full(at: 100, isDue: true), .end, .full(at: 104, isDue: false), .full(at: 105, isDue: true), .end,
            .full(at: 90, isDue: true),
        ],
        [
            .age(at: 0, isDue: true), .expired(isDue: true), .expired(isDue: false), .end, .age(at: 3599, isDue: false),
            .age(at: 3600, isDue: true), .expired(isDue: true),
        ],
    ]

    @Test(arguments: scenarios) func `a round is due when it should be`(steps: [Step]) {
        var options = EmbeddedOptions()
        options.segmentBytes = 1000
        options.checkpointBytes = 800
        var schedule = MaintenanceSchedule(options, lastCheckpoint: nil)
        func position(_ bytes: UInt32) -> RecordPosition {
            RecordPosition(segment: 1 + UInt64(bytes / 1000), offset: bytes % 1000)
        }
        for step in steps {
            switch step {
            case .grow(let bytes, let isDue): #expect(schedule.logGrew(to: position(bytes)) == isDue, "\(step)")
            case .full(let time, let isDue):
                #expect(schedule.roomIsNeeded(at: Timestamp(seconds: Int64(time))) == isDue, "\(step)")
            case .age(let time, let isDue):
                #expect(schedule.ageCheckIsDue(at: Timestamp(seconds: Int64(time))) == isDue, "\(step)")
            case .expired(let isDue): #expect(schedule.segmentExpired() == isDue, "\(step)")
            case .end: schedule.roundEnded()
            case .checkpoint(let bytes): schedule.checkpointWritten(at: position(bytes))
            case .worth(let bytes, let isWorth):
                #expect(schedule.isWorthCheckpoint(at: position(bytes)) == isWorth, "\(step)")
            }
        }
    }
}
