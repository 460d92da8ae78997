"""Words that name nothing: a paper called one of these is never linked by that word alone (tier 3).

Source: our own list; the words that open sentences, name parts of papers, or fill talks.

One-word main titles are matched with their case, so only words that a note may well write in that case are
here: sentence openers, field words and the vocabulary of talks. `[links] stop_words` adds to them.
"""

from __future__ import annotations

STOP_WORDS: frozenset[str] = frozenset(
    """
    about abstract accuracy action adapter agent agents algorithm alignment also analysis answer answers
    appendix approach approaches architecture article atlas attention audio auto average bad baseline
    baselines basic basics batch before benchmark benchmarks best better beyond bias black block blog book
    bottleneck
    break breaks case cases cause causal challenge challenges change chat class classification clean cluster
    clustering code coffee collaboration comment comments community comparison compression compute computer
    conclusion conference context control convergence core corpus cost current data dataset datasets decoder
    deep default demo depth design detection development diffusion dimension discovery discussion distillation
    domain dropout dynamic early edge effect efficiency efficient embedding embeddings encoder end energy
    engine ensemble entropy error errors estimation evaluation evolution example examples experiment
    experiments expert experts explanation fast features feedback field filter final first flow focus form
    foundation framework frequency function fusion future game general generation generative genomics global
    goal good gradient graph graphs growth guide hardware hidden high however human idea ideas image images
    inference information input insight insights interest interesting intro introduction invariance issue
    issues iteration joint kernel keynote knowledge label labels language large latent layer layers learn
    learned learning lecture level light limit limitations linear local long loss low lunch machine magic main
    many map mask math matrix maximum measure mechanism memory message meta method methods metric metrics
    minimal mixture model modeling models module momentum more motivation multi music network networks neural
    new next nice noise norm note notes novelty object objective online open open-source optimal optimization
    optimizer oral orals order outlook overview panel paper papers parallel parameter parameters part pattern
    performance perturbation physics plan policy poster posters power practice pre-training precision
    prediction preprint previous prior prize problem problems process product program progress project proof
    prompt prompts protein pruning quality question questions random rank ranking ratio reason reasoning
    recall recommendation recurrence reference references regression regularization reinforcement related
    relation representation research result results retrieval review reward robust robustness role room rule
    sample samples sampling scale scaling scene science search second segment segmentation selection self
    sentence sequence series server session sessions set sets shape short signal simple simulation size slide
    slides small social software solution solutions sound source space sparse sparsity speaker speakers
    special speech speed state static statistics step steps stochastic strategy structure student study style
    subspace summary super supervised survey switch symmetry synthesis system systems table talk talks target
    task tasks teacher team technique test testing text theory thing things think time token tokens tool tools
    topic topics training trajectory transcriptomics transfer transform transformer transformers transport
    tree trend trends tutorial uncertainty universal unsupervised update user value values variance vector
    version video view vision voice volume weight weights wireless word words work workshop world zero

    abend ablauf aber allgemein anfang ansatz arbeit aufgabe auswertung beispiel bemerkung besser bewertung
    daten diskussion einleitung ende energie ergebnis ergebnisse fazit fehler frage fragen ganz gut heute idee
    ideen interessant kaffee kommentar literatur lösung mehr methode methoden mittag modell modelle morgen
    nachmittag netz netze neu notiz notizen pause probleme rauschen sehr spannend sprache thema themen
    theorie training verfahren vergleich vormittag vortrag wissen ziel ziele zusammenfassung
    """.split()
)
