import PluginKit

/// Whether the member States want the contribution: mandates and each State's answer.
enum MandateFacts {
    static func granted(_ data: Value, _ hash: Cell, _ effects: Effects) throws {
        let scope = data["scope"]
        try effects.fact(
            "mandate",
            [
                "cycle": Cell(data["cycle"]?.integer), "scope": Cell(scope?.text),
                "themes": Cell(scope?["themes"]?.texts), "regions": Cell(scope?["regions"]?.texts),
                "granted_by": Cell(data["by"]?.text), "by_ar": Cell(data["by_ar"]?.text),
                "by_en": Cell(data["by_en"]?.text), "synthetic": Cell(data["synthetic"]?.bool ?? false),
                "sha256": hash,
            ])
    }

    static func answered(_ data: Value, _ hash: Cell, _ effects: Effects) throws {
        try effects.fact(
            "consent",
            [
                "cycle": Cell(data["cycle"]?.integer), "state": Cell(data["state"]?.text),
                "consent": Cell(data["consent"]?.text), "sha256": hash,
            ])
    }
}
