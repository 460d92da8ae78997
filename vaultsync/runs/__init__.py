"""What one run does to a vault, from lock to report: fix, import, undo, sync.

request         what a run is asked for, and what it answers
ports           a vault's disk, repository, lock, journal and cache, opened in one place
kept_names      links to a name that a merge takes away lead to the one that stays
bringing_together  two devices' commits as one tree
moving          from one commit to another: files, branch, index, whatever happens meanwhile
turn            one turn at the vault: lock, preflight, commit what was left, the work, commit
limits          more than anybody expects is asked for first
last_runs       which runs wrote a note, and what was taken out of it in between
former_texts    what earlier runs left in the notes, from git
lost_unseen     links that were taken out between two commits, or on the way to another note
taken_out       links that the person took out, and a run would make again
former_imports  what earlier imports wrote into a note, from git
earlier_runs    the same, asked as late as it can be
knowledge       what is kept between cycles: notes, decisions, earlier runs
kept_out        new files that stay out of the commits
commits         the person's edits and the run's own as commits
kept_bases      bases kept in step with the settings by each cycle
fixing          a cycle's work: plan, ask, commit, write, commit
cycle           the one cycle behind `fix`, the daemon and the plugin
editing         a note that is open in an editor: edits for it, and whose words a save holds
true_runs       whether a commit is what the run did whose name it bears
listed_runs     earlier runs, as `log` and the API list them
undo            a run taken back
sheets          what the views show, gathered from a vault
views           generated files written, while they are the tool's
conflicts       conflict notes: listed, decided, gone
copies          copies of other sync tools, merged by the version they were made from
resolving       what a merge by hand left
sync            fetch, merge, move, run the rules, push
import_sources  what is given to an import, as items
template_child  the import template, filled in by a process of its own
known_notes     a vault's notes as an import has to know them
import_target   where imported notes go, and how they look
whole_requests  HTTP requests with a time for the whole of each
fetch           stubs completed from arXiv and Crossref, when asked for
import_order    what an import is asked for, and what it answers
importing       what is given becomes notes, written and committed
inbox           a folder whose files are imported
link_suggestions  all that is suggested about links, best first
link_lists      the lists of `links`, kept while no note changes
kept_look       what `fix --check` tells, kept while the vault stays as it is
missing_papers  what a reader takes for papers without an identifier or a note
related_papers  papers that a line seems to be about but never names
"""
