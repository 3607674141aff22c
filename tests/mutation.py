#!/usr/bin/env python3
"""Mutation testing of Guardian.Detection: Stryker.NET makes the mutants, every mutant is judged in a process of its own.

    tests/mutation.py make  FOLDER            copies the sources to FOLDER, lets Stryker build all mutants into one
                                              library, and asks each test class which mutants it reaches
    tests/mutation.py tests FOLDER            takes the test classes anew: after a test was added
    tests/mutation.py run   FOLDER [AREA...]  judges what is not killed yet; an area is a folder of Guardian.Detection;
                                              GUARDIAN_THOROUGH=1 has the long tests of the area, too
    tests/mutation.py show  FOLDER [AREA...]  prints the figures and, with areas, the survivors

Why not by Stryker alone is told in docs/reference/mutation.md.
"""
import collections
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = "tests/Guardian.Detection.Tests"
LIBRARY = "Guardian.Detection.dll"
ALL_TESTS = "**/*Tests.cs"
JUDGE = "Guardian.Detection.Tests.Mutation.MutationJudge"
ONE_TEST = "Latency/P99RuleTests.cs"
WORKERS = int(os.environ.get("GUARDIAN_MUTATION_WORKERS", "2"))
TIMEOUT = 30


def environment(**more):
    return {
        **os.environ, "DOTNET_CLI_TELEMETRY_OPTOUT": "1", "MSBUILDDISABLENODEREUSE": "1", "RunAnalyzers": "false",
        "CsCheck_Iter": "20", "DOTNET_TieredPGO": "0", "DOTNET_GCHeapHardLimit": "0x30000000", **more}


def load(folder, name, empty):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return empty
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(folder, name, value):
    path = os.path.join(folder, name)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file)
    os.replace(path + ".new", path)


def copy_sources(folder):
    names = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    for name in names.stdout.splitlines():
        source, target = os.path.join(ROOT, name), os.path.join(folder, "repo", name)
        if not os.path.exists(source):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(source, target)


def make(folder):
    shutil.rmtree(os.path.join(folder, "repo"), ignore_errors=True)
    copy_sources(folder)
    project = os.path.join(folder, "repo", TESTS)
    output = os.path.join(project, "bin/Release/net10.0")
    report = os.path.join(folder, "stryker")
    shutil.rmtree(report, ignore_errors=True)
    # One small test class, so that Stryker has next to nothing to judge and ends as soon as it has built.
    stryker = subprocess.Popen(
        ["dotnet", "stryker", "--skip-version-check", "-O", report], cwd=project,
        env=environment(GUARDIAN_MUTATION_TESTS=ONE_TEST))
    library, kept = os.path.join(output, LIBRARY), os.path.join(folder, LIBRARY)
    while stryker.poll() is None:
        try:
            stryker.wait(0.2)
        except subprocess.TimeoutExpired:
            # Stryker puts the mutated library, which is larger, in place for its run only.
            try:
                if os.path.getsize(library) > os.path.getsize(library + ".stryker-unchanged") * 5 // 4:
                    shutil.copyfile(library, kept)
            except FileNotFoundError:
                pass
    if stryker.returncode != 0:
        raise SystemExit(f"Stryker ended with {stryker.returncode}.")
    with open(os.path.join(report, "reports/mutation-report.json"), encoding="utf-8") as file:
        files = json.load(file)["files"]
    mutants = []
    for path, content in sorted(files.items()):
        name = path.split("src/Guardian.Detection/")[-1]
        lines = content["source"].split("\n")
        for mutant in content["mutants"]:
            start, end = mutant["location"]["start"], mutant["location"]["end"]
            line = lines[start["line"] - 1]
            mutants.append({
                "id": int(mutant["id"]), "file": name, "area": name.split("/")[0] if "/" in name else "root",
                "line": start["line"], "kind": mutant["mutatorName"], "new": mutant.get("replacement", ""),
                "old": line[start["column"] - 1:end["column"] - 1 if end["line"] == start["line"] else None],
                "text": line.strip(), "column": start["column"],
                "out": mutant["status"] if mutant["status"] in ("Ignored", "CompileError") else None})
    # What was killed stays killed where neither its line nor its mutation changed, nor those that look like it.
    old = load(folder, "verdicts.json", {})
    before = collections.defaultdict(list)
    for mutant in load(folder, "mutants.json", []):
        before[key(mutant)].append(old.get(str(mutant["id"]), "Survived"))
    verdicts = {
        str(m["id"]): before[key(m)][0] for m in mutants
        if before[key(m)] and not any(v.startswith(("Survived", "NoCoverage")) for v in before[key(m)])}
    follow(folder, mutants)
    save(folder, "mutants.json", mutants)
    save(folder, "verdicts.json", verdicts)
    tests(folder)


def follow(folder, mutants):
    """Gives what the test classes reach the new numbers; a new mutant is taken as reached like its file."""
    places = collections.defaultdict(list)
    for mutant in load(folder, "mutants.json", []):
        places[key(mutant)].append(mutant)
    moved, fresh = {}, []
    for mutant in mutants:
        same = places[key(mutant)]
        if same:
            moved[same.pop(0)["id"]] = mutant["id"]
        else:
            fresh.append(mutant)
    files = {m["id"]: m["file"] for m in mutants}
    classes = load(folder, "classes.json", {})
    for value in classes.values():
        reached = {moved[i] for i in value["reached"] if i in moved}
        touched = {files[i] for i in reached}
        value["reached"] = sorted(reached | {m["id"] for m in fresh if m["file"] in touched})
        value["static"] = sorted(moved[i] for i in value["static"] if i in moved)
    save(folder, "classes.json", classes)


def key(mutant):
    return (mutant["file"], mutant["text"], mutant["column"], mutant["kind"], mutant["new"])


def tests(folder):
    copy_sources(folder)
    project = os.path.join(folder, "repo", TESTS)
    subprocess.run(
        ["dotnet", "build", "-c", "Release", "-v", "q", "-nologo"], cwd=project,
        env=environment(GUARDIAN_MUTATION_TESTS=ALL_TESTS), check=True)
    output = os.path.join(project, "bin/Release/net10.0")
    shutil.copyfile(os.path.join(folder, LIBRARY), os.path.join(output, LIBRARY))
    if os.path.exists(os.path.join(folder, "durations")):
        os.remove(os.path.join(folder, "durations"))
    known = load(folder, "classes.json", {})
    classes = {}
    for path in glob.glob(os.path.join(project, "**/*Tests.cs"), recursive=True):
        if re.search(r"FalseAlarmTests|Recording\w*Tests", path) or "/obj/" in path:
            continue
        with open(path, encoding="utf-8") as file:
            source = file.read()
        space = re.search(r"^namespace ([\w.]+);", source, re.M).group(1)
        for name in re.findall(r"^public (?:sealed )?(?:partial )?class (\w+Tests)\b", source, re.M):
            classes[f"{space}.{name}"] = source
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        todo = [c for c in classes if known.get(c, {}).get("source") != classes[c]]
        for name, (reached, static) in zip(todo, pool.map(lambda c: reach(folder, c), todo)):
            known[name] = {"source": classes[name], "reached": reached, "static": static}
    save(folder, "classes.json", {c: known[c] for c in classes})
    print(f"{len(classes)} test classes, {len(todo)} of them asked what they reach")


def reach(folder, name):
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        execute(folder, name, {"STRYKER_COVERAGE_FILE": "reached.txt", "TMPDIR": scratch}, 400, stop="off")
        reached, static = set(), set()
        for path in glob.glob(os.path.join(scratch, "reached*.txt")):
            with open(path, encoding="utf-8") as file:
                for found, numbers in zip((reached, static), file.read().split(";")):
                    found |= {int(i) for i in numbers.split(",") if i}
        return sorted(reached | static), sorted(static)


def execute(folder, name, more, timeout, stop="on"):
    process = subprocess.Popen(
        ["dotnet", "exec", "Guardian.Detection.Tests.dll", "--no-ansi", "--progress", "off", "--stop-on-fail", stop,
         "--results-directory", os.path.join(folder, "results"), "--filter-class", name],
        cwd=os.path.join(folder, "repo", TESTS, "bin/Release/net10.0"), env=environment(**more),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        output = process.communicate(timeout=timeout)[0]
        if name == JUDGE and process.returncode == 2:
            print(output)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "Timeout"
    return {0: "Survived", 2: "Killed"}.get(process.returncode, f"Crashed {process.returncode}")


def alone(folder, mutant, classes):
    """Judges a mutant of a static initializer, which works in a new process only."""
    more = {"STRYKER_MUTANT_ID_CONTROL_VAR": "GUARDIAN_MUTANT", "GUARDIAN_MUTANT": str(mutant["id"])}
    own = f"Guardian.Detection.Tests.{mutant['area']}."
    reaching = sorted((c for c in classes if mutant["id"] in classes[c]["reached"]), key=lambda c: not c.startswith(own))
    for name in reaching:
        verdict = execute(folder, name, more, TIMEOUT)
        if verdict != "Survived":
            return f"{verdict} {name}"
    return "Survived" if reaching else "NoCoverage"


def together(folder, mutants, classes, note, measure=False):
    """Judges mutants one after the other in one process, which is started anew where one of them ends it."""
    left, lost = list(mutants), 0
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        jobs = os.path.join(scratch, "jobs")
        while left or measure:
            measure = False
            with open(jobs, "w", encoding="utf-8") as file:
                for mutant in left:
                    names = [c for c in classes if mutant["id"] in classes[c]["reached"]]
                    file.write(" ".join([str(mutant["id"]), mutant["area"], *names]) + "\n")
            more = {"GUARDIAN_MUTANTS": jobs, "GUARDIAN_DURATIONS": os.path.join(folder, "durations")}
            status = execute(folder, JUDGE, more, 7200)
            with open(jobs + ".verdicts", "a+", encoding="utf-8") as file:
                file.seek(0)
                given = [line.split(" ", 1) for line in file.read().splitlines()]
            os.remove(jobs + ".verdicts")
            for number, verdict in given:
                note(int(number), verdict)
            left = left[len(given):]
            lost = 0 if given else lost + 1
            if lost > 2 or (status != "Survived" and not mutants):
                raise SystemExit("The judge itself fails.")
            if left and status != "Crashed 99":
                note(left[0]["id"], "Crashed")
                left = left[1:]


def chosen(folder, areas):
    return [m for m in load(folder, "mutants.json", []) if not m["out"] and (not areas or m["area"] in areas)]


def run(folder, areas):
    classes = load(folder, "classes.json", {})
    static = set()
    for value in classes.values():
        value["reached"] = set(value["reached"])
        static |= set(value["static"])
    verdicts = load(folder, "verdicts.json", {})
    todo = [m for m in chosen(folder, areas)
            if verdicts.get(str(m["id"]), "Survived") in ("Survived", "NoCoverage")]
    # What was never judged comes first, so that an interrupted run goes on where it stopped.
    todo.sort(key=lambda m: (str(m["id"]) in verdicts, areas.index(m["area"]) if areas else 0))
    apart = [m for m in todo if m["id"] in static]
    rest = [m for m in todo if m["id"] not in static]
    reached = set().union(*(c["reached"] for c in classes.values()))
    for mutant in rest:
        if mutant["id"] not in reached:
            verdicts[str(mutant["id"])] = "NoCoverage"
    rest = [m for m in rest if m["id"] in reached]
    print(f"{len(rest)} mutants to judge, and {len(apart)} in processes of their own", flush=True)
    lock = threading.Lock()

    def note(number, verdict):
        with lock:
            verdicts[str(number)] = verdict

    def batch(mutants):
        together(folder, mutants, classes, note)
        with lock:
            save(folder, "verdicts.json", dict(verdicts))

    together(folder, [], classes, note, measure=True)
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(batch, [rest[i:i + 20] for i in range(0, len(rest), 20)]):
            pass
        for mutant, verdict in zip(apart, pool.map(lambda m: alone(folder, m, classes), apart)):
            note(mutant["id"], verdict)
            save(folder, "verdicts.json", verdicts)
    save(folder, "verdicts.json", verdicts)
    show(folder, areas and [])


def show(folder, areas):
    verdicts = load(folder, "verdicts.json", {})
    table = collections.defaultdict(collections.Counter)
    for mutant in chosen(folder, areas):
        verdict = verdicts.get(str(mutant["id"]), "Pending").split()[0]
        table[mutant["area"]][verdict] += 1
        if areas and verdict in ("Survived", "NoCoverage"):
            print(f"{mutant['file']}:{mutant['line']} {verdict[0]} {mutant['kind']} | {mutant['old'].strip()[:100]}"
                  f" -> {' '.join(mutant['new'].split())[:100]}")
    columns = ["Killed", "Crashed", "Timeout", "Survived", "NoCoverage", "Pending"]
    print(f"{'area':12}{'mutants':>9}" + "".join(f"{c:>11}" for c in columns) + "     score")
    for area in [*sorted(table), "all"]:
        row = table[area] if area != "all" else sum(table.values(), collections.Counter())
        killed = row["Killed"] + row["Crashed"] + row["Timeout"]
        judged = sum(row.values()) - row["Pending"]
        print(f"{area:12}{sum(row.values()):>9}" + "".join(f"{row[c]:>11}" for c in columns)
              + f"{100 * killed / max(judged, 1):>9.1f}%")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("make", "tests", "run", "show"):
        raise SystemExit(__doc__)
    command, folder, areas = sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3:]
    os.makedirs(folder, exist_ok=True)
    if command in ("run", "show"):
        {"run": run, "show": show}[command](folder, areas)
    else:
        {"make": make, "tests": tests}[command](folder)


main()
