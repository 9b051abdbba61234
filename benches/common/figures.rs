//! Medians and how figures are printed.
//!
//! Ratios are taken round by round: whatever else the machine did, it did to both sides.

/// The middle of the figures; the lower one of two.
pub(crate) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

/// The median of `ours / theirs` of each round.
pub(crate) fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
    median(&ratios)
}

/// A ratio beside its goal.
pub(crate) fn against(got: f64, goal: f64) -> String {
    let verdict = if got >= goal { "reached" } else { "missed" };
    format!("{got:.2}, goal {goal}: {verdict}")
}

/// A figure that should be small beside its goal.
pub(crate) fn at_most(got: f64, goal: f64, unit: &str) -> String {
    let verdict = if got <= goal { "reached" } else { "missed" };
    format!("{got:.1} {unit}, goal at most {goal} {unit}: {verdict}")
}

/// The processor, the cores and the kernel: a figure means nothing without them.
pub(crate) fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model = info
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("?");
    format!(
        "{model}, {cores} cores, Linux {}, load average {load}",
        read("/proc/sys/kernel/osrelease").trim()
    )
}

/// The number after `--rounds`, so that a quick look needs no full run.
pub(crate) fn rounds(default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--rounds");
    arguments.nth(1).and_then(|text| text.parse().ok()).unwrap_or(default)
}
