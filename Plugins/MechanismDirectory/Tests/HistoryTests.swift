import PluginKit
import Testing
import WorkerTesting

@Suite struct `The directory of the bundled history` {
    private let directory: Directory

    init() throws { directory = try Directory(Directory.history.get()) }

    @Test func `refuses none of its events`() { #expect(directory.kit.refusals.map(\.effect) == []) }

    @Test func `counts mechanisms by type, with what two documents state side by side`() throws {
        #expect(
            try directory.rows("mechanisms-by-type", "mech_type", "mechanisms", "concluded", "undated", "stated") == [
                "rcp|15|0|0|15 (brochure-iscm 76); 17 (note-gcm 27)",
                "irf|14|0|0|16 (brochure-iscm 76); 12 (note-gcm 27)",
                "global|1|0|0|1 (brochure-iscm 76); 1 (note-gcm 27)",
                "any|30|0|0|",
            ])
    }

    @Test func `counts mechanisms by type at an earlier date, and shows the same statements`() throws {
        #expect(
            try directory.rows("mechanisms-by-type", "mech_type", "mechanisms", "stated", asOf: "2004-12-31") == [
                "rcp|8|15 (brochure-iscm 76); 17 (note-gcm 27)",
                "irf|6|16 (brochure-iscm 76); 12 (note-gcm 27)",
                "global|0|1 (brochure-iscm 76); 1 (note-gcm 27)",
                "any|14|",
            ])
    }

    @Test func `counts mechanisms by decade and type`() throws {
        #expect(
            try directory.rows("mechanisms-by-decade", "decade", "mechanisms", "rcp", "irf", "global") == [
                "1980s|1|0|1|0", "1990s|3|3|0|0", "2000s|19|7|11|1", "2010s|7|5|2|0",
            ])
    }

    @Test func `names decades in both languages`() throws {
        #expect(
            try directory.rows("mechanisms-by-decade", "label_ar", "label_en").first == "من 1980 إلى 1989|1980 to 1989")
    }

    @Test func `counts regional and inter-regional mechanisms by theme, the stated figure beside each`() throws {
        #expect(
            try directory.rows("mechanisms-by-theme", "theme", "mechanisms", "stated") == [
                "labour-migration|16|19 (brochure-iscm 50-52)", "counter-trafficking|15|14 (brochure-iscm 50-52)",
                "irregular-migration|13|14 (brochure-iscm 50-52)", "migrant-smuggling|12|",
                "migration-development|11|14 (brochure-iscm 50-52)", "border-management|10|8 (brochure-iscm 50-52)",
                "migrants-rights|9|11 (brochure-iscm 50-52)", "return|8|8 (brochure-iscm 50-52)", "asylum|4|",
                "migrant-integration|3|9 (brochure-iscm 50-52)", "migration-health|3|6 (brochure-iscm 50-52)",
                "climate-change|2|2 (brochure-iscm 50-52)", "free-movement|2|", "forced-migration|1|",
                "legal-migration|1|", "migrant-vulnerability|1|", "migration-education|1|", "remittances|1|",
                "migration-data|0|8 (brochure-iscm 50-52)", "migration-policies|0|9 (brochure-iscm 50-52)",
            ])
    }

    @Test func `counts distinct States, seats, and the lists it has of them`() throws {
        #expect(
            try directory.rows("distinct-states", "mech_type", "states", "seats", "mechanisms", "undated", "stated")
                == [
                    "rcp|101|123|9|0|166 (brochure-iscm 76)", "irf|35|36|3|0|179 (brochure-iscm 76)",
                    "global|0|0|0|0|195 (brochure-iscm 76)", "any|124|159|12|0|200+ (note-gcm 27)",
                ])
    }

    @Test func `lists members of unknown date apart when an earlier date is asked`() throws {
        #expect(
            try directory.rows("distinct-states", "mech_type", "states", "seats", "undated", asOf: "2004-12-31") == [
                "rcp|0|0|123", "irf|0|0|36", "global|0|0|0", "any|0|0|159",
            ])
        let seats = try directory.rows("seats", "status_en", asOf: "2004-12-31")
        #expect(seats.count == 159 && Set(seats) == ["Member, date unknown"])
    }

    @Test func `names each seat's State in both languages`() throws {
        let seats = try directory.rows("seats", "mechanism", "party", "state_ar", "state_en")
        #expect(seats.count == 159)
        #expect(seats.first == "afml|BN|بروني دار السلام|Brunei Darussalam")
        #expect(
            seats.allSatisfy { row in
                let parts = row.split(separator: "|")
                return parts.count == 4 && parts[2] != parts[1] && parts[3] != parts[1]
            })
    }

    @Test func `shows both years of the Arab process, each with its document`() throws {
        let rows = try directory.rows(
            "directory", "mechanism", "founded_year", "decision_year", "years_stated", "members", "states_stated",
            "themes_en", "secretariat_en", "status_ar")
        #expect(rows.count == 30)
        #expect(
            rows.contains(
                "arcp|2015|2014|2014 (slides-arcp 19); 2015 (brochure-iscm 156)|22|22 (brochure-iscm 156)|"
                    + "Irregular migration, Forced migration, Asylum, Migration and development, Migrants' rights|"
                    + "Technical secretariat: General Secretariat of the League of Arab States|قائمة"))
    }

    @Test func `shows differing numbers of States side by side`() throws {
        let rows = try directory.rows("directory", "mechanism", "states_stated")
        #expect(rows.contains("add|18 (brochure-iscm 177); 20 (brochure-rcp 403-414)"))
        #expect(rows.contains("budapest|49 (brochure-rcp 299-303); 52 (brochure-iscm 162)"))
        #expect(
            rows.contains("gfmd|195 (brochure-iscm 168); 195 (note-gcm 209)"),
            "\(rows.filter { $0.hasPrefix("gfmd") })")
    }

    @Test func `leaves no column of one language without its twin`() throws {
        for query in directory.kit.manifest.queries {
            let table = try directory.kit.query(query.name)
            #expect(table.rows.isEmpty == (query.name == "undated-changes"), "\(query.name)")
            for column in query.columns where column.name.hasSuffix("_ar") {
                let twin = column.name.dropLast(3) + "_en"
                #expect(
                    column.language == .arabic && query.columns.contains { $0.name == twin && $0.language == .english })
                for row in table.rows.indices {
                    let isLone = table.cell(row, column.name).isNull != table.cell(row, String(twin)).isNull
                    #expect(!isLone, "\(query.name) \(column.name) \(row)")
                }
            }
        }
    }
}

@Suite struct `Whatever order the history arrives in` {
    enum Order: CaseIterable { case reversed, shuffled, shuffledAgain, twice, twiceReversed }

    @Test(arguments: Order.allCases)
    func `every answer is the same`(order: Order) throws {
        let history = try Directory.history.get()
        let events =
            switch order {
            case .reversed: Array(history.reversed())
            case .shuffled: history.shuffled(seed: 4)
            case .shuffledAgain: history.shuffled(seed: 2027)
            case .twice: history + history
            case .twiceReversed: (history + history).shuffled(seed: 61)
            }
        // Without dedupe: facts alone have to make repeats harmless.
        let other = try Directory(events, dedupes: false)
        #expect(other.kit.refusals.isEmpty)
        #expect(try other.everything() == Directory(history).everything())
    }
}

extension Array {
    /// The same order for the same seed, on every machine.
    fileprivate func shuffled(seed: UInt64) -> [Element] {
        var generator = Seeded(state: seed)
        return shuffled(using: &generator)
    }
}

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
