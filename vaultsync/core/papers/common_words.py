"""Words and phrases that many texts share: a name made of nothing else may mean anything.

`commonness` asks here for what it can't count in the papers of a vault, which may be few. Source: our own
lists, written for vaultsync and under its licence; the words of abstracts and talks in the fields whose
notes we read (machine learning, language, vision, biology, psychology, physics), the names of the fields
themselves, and sayings that titles are fond of. Folded: no case, no punctuation (`core.text.folding`).
"""

from __future__ import annotations

from vaultsync.core.papers.stop_words import STOP_WORDS
from vaultsync.core.text.tokens import is_function_word

_WORDS = frozenset(
    """
    ability absolute academic accurate acquisition active activity adaptation adaptive advances
    adversarial affect ai air akademie algorithmen allocation analyse analyses analyzing anatomy animal
    animals anwendung anwendungen application applications applied area areas arithmetic art artificial
    assessing assessment association associative attribute augmentation augmented authors automated
    automatic autonomous awareness balance base bayesian behavior behavioral behaviour belief beliefs
    big bild bilder bildung biological biology body bound bounds brain brains bridge building
    calibration cancer capacity care cell cells change channel channels chapter characteristics child
    children choice chronic climate clinical cloud co cognition cognitive coherence collective color
    combining communication compact complex complexity compositionality computation computational
    computing concept concepts conditional connections consistency constraints construction content
    contextual continual continuous contrastive contribution cooperation coordination correlation covid
    creating creativity critical cross cultural culture curriculum customer cyber day days decision
    decisions deductive defense demand dependency deployment description deutschland developing device
    devices diagnosis dialogue difference differences different digital digitalisierung dimensions
    direct discourse discovering discrete disease disorder distance distributed distribution
    distributions diverse diversity dual dynamical ecology economic economics economy education
    effective effects einführung elements elicitation emergence emerging emotion emotions empirical
    end-to-end engineering enhanced enhancing entscheidung entwicklung environment environments epidemic
    episodic equations equity erkenntnis erkennung essential ethics europa european event events
    everything evidence experience experimental explainable exploration explore exploring extraction eye
    face fact factor factors facts fair fairness family financial finding findings finite flexible food
    forecasting forschung foundations free frequency friendship functional functions fundamentals
    gaussian gehirn geist gender generalization generalized generating genome geometric geometry
    geschichte gesellschaft gesundheit global government group groups growing grundlagen handbook health
    heart hidden hierarchical high-dimensional history home hospital hybrid identification identity
    imaging impact implementation implications implicit improve improved improving increasing individual
    inductive industrial industry influence innovation instruction integrated integration intelligence
    intelligent intelligenz interaction interactions interactive interface interference international
    internet interpretability interpretable inverse investigation jobs joint key know knowing kultur
    künstliche labeled landscape lehre lernen lessons leveraging life linear linguistic linguistics list
    literature logic logical low-rank machines making management manifold market markov mathematical
    mathematics matter meaning measurement measuring media medical medicine mensch menschen mental mind
    minds mining mobile modal modellierung molecular molecule molecules month motion motor multi-modal
    multilingual multimodal multiple multiscale multivariate mutation natur natural nature need needs
    net nets neuron neurons neuroscience next nonlinear normal nuclear numbers numerical observation
    ontology operations opinion opportunities optical order organization origin origins page pandemic
    parallel parsing part participation past patient patients perception perspective perspectives phase
    phenomena philosophy physical planning plant policies political politics politik population
    populations position potential practical predicting predictive presence present pressure pretrained
    pretraining principle principles privacy probabilistic probability probing processing production
    property proteins psychological psychology public quantitative quantum query race radiation rare
    rate rational reaction reading real recent recht recognition recursive reduction regional relations
    relationship relationships reliable remote representations resolution resource resources response
    responses responsible retrieval revisited revisiting risk road roads robot robotics robots role
    rules safe safety school schule sciences scientific searching secure security semantic semantics
    semantik semi-supervised sense sensing sensitivity sensor sensors sentiment sequential services
    session sex shared sharing similarity simulations single situations skills smart smooth software
    solving source spaces spatial speaking specialized species specific spectral spectrum sprachen
    stability stable stage star stars state-of-the-art statistical statistik stories story strategic
    strategies streams stress strong structural structured structures studies success surface surfaces
    sustainability sustainable teaching technik techniques technologie technologies technology temporal
    terms text texts thermal thought thoughts three time-series tissue title top toward towards tracking
    trade traffic trained transition translation trees trust truth umwelt uncertain understanding
    unified unifying university urban us usage user-centered users using validation variable variables
    variation variational verarbeitung verstehen video videos virtual visual visualization wahrnehmung
    water wave waves ways weak web week well wirtschaft wissenschaft working world worlds write writing
    year years young youth zukunft überblick
    """.split()
)
_BRANDS = frozenset(
    """
    arxiv bibtex chatgpt cuda deepmind dropbox ebay facebook github gitlab google hdf5 huggingface
    iphone ipad javascript json jupyter latex linkedin macos mathjax matlab microsoft mp3 mp4 mysql
    numpy openai openreview paypal pdf phd postgresql powerpoint pubmed pypi pytorch researchgate scipy
    tensorflow tex typescript ubuntu usb utf8 wechat whatsapp wifi wikidata wikipedia wordpress youtube
    zotero
    """.split()
)
# Phrases of two words; a longer one is common if its pairs are.
_PHRASES = frozenset(
    line.strip()
    for line in """
    3d vision, active learning, active perception, adversarial attacks, adversarial examples,
    adversarial training, anomaly detection, artificial intelligence, attention mechanism, automatic
    speech, autonomous driving, bayesian inference, bayesian networks, bayesian optimization, best
    practices, big data, black box, brain imaging, brain signals, causal inference, chain of, climate
    change, cognitive control, cognitive load, cognitive science, collaborative filtering, color
    constancy, common sense, community detection, complex networks, complex systems, computational
    biology, computational linguistics, computational neuroscience, computer science, computer vision,
    contextual bandits, continual learning, contrastive learning, convex optimization, convolutional
    networks, convolutional neural, cross validation, curriculum learning, data analysis, data
    augmentation, data mining, data science, data selection, data visualization, decision making,
    decision trees, deep learning, deep models, deep networks, deep neural, deep reinforcement, density
    estimation, dialogue systems, diffusion models, digital humanities, dimensionality reduction, domain
    adaptation, drug design, drug discovery, entity linking, entity recognition, episodic memory, expert
    systems, eye tracking, face recognition, fact checking, feature learning, feature selection,
    federated learning, few shot, fine tuning, foundation models, free recall, functional connectivity,
    game theory, gaussian processes, gene expression, generative ai, generative models, gradient
    descent, graph learning, graph neural, human computer, human memory, hyperparameter optimization,
    image classification, image generation, image processing, image recognition, image segmentation,
    imitation learning, in context, information extraction, information retrieval, information theory,
    instruction tuning, inverse problems, kernel methods, knowledge base, knowledge bases, knowledge
    distillation, knowledge graph, knowledge graphs, language generation, language model, language
    modeling, language models, language processing, language understanding, large language, large scale,
    learning theory, lessons learned, linear algebra, linear models, linear regression, link prediction,
    logistic regression, long term, low rank, low resource, machine intelligence, machine learning,
    machine reading, machine translation, machine vision, markov decision, mathematical modeling, matrix
    completion, matrix factorization, mechanistic interpretability, medical imaging, meta learning,
    mixture of, model based, model free, model selection, molecular dynamics, monte carlo, multi agent,
    multi task, multimodal learning, named entity, natural language, network analysis, network science,
    neural architecture, neural machine, neural network, neural networks, nonlinear dynamics, object
    detection, object recognition, online learning, open domain, open source, optical flow, optimal
    control, optimal transport, pattern recognition, policy gradient, pose estimation, principal
    component, probabilistic models, problem solving, program synthesis, prompt engineering, protein
    folding, protein structure, quantum computing, quantum mechanics, question answering, random
    forests, reading comprehension, recommender systems, recurrent neural, regression analysis,
    reinforcement learning, relation extraction, remote sensing, representation learning, response time,
    reward learning, risk assessment, robot learning, scaling laws, scene understanding, self attention,
    self supervised, semantic memory, semantic segmentation, semantic similarity, semantic web, sentence
    embeddings, sentiment analysis, signal processing, social media, social networks, sparse coding,
    speech processing, speech recognition, speech synthesis, statistical learning, statistical physics,
    stochastic gradient, structure prediction, supervised learning, systematic review, text
    classification, text generation, text mining, text summarization, time series, topic models,
    transfer learning, transformer models, uncertainty estimation, unsupervised learning, user
    interface, variational inference, vector machines, video understanding, virtual reality, vision
    language, visual attention, visual perception, visual search, weak supervision, word embeddings,
    word vectors, working memory, world models, zero shot, künstliche intelligenz, maschinelles lernen,
    neuronale netze, stand der, verstärkendes lernen
    """.replace("\n", " ").split(",")
)
_SAYINGS = frozenset(
    line.strip()
    for line in """
    a picture is worth a thousand words; a tale of two cities; all that glitters is not gold; all work
    and no play; apples and oranges; back to basics; back to square one; back to the future; beauty is
    in the eye of the beholder; better late than never; better safe than sorry; between a rock and a
    hard place; beyond a reasonable doubt; bigger is better; bridging the gap; business as usual; by the
    book; catch me if you can; caught in the act; cause and effect; chicken and egg; closing the gap;
    closing the loop; connecting the dots; cutting the gordian knot; divide and conquer; easier said
    than done; everything you always wanted to know; face to face; fact or fiction; fake it till you
    make it; first things first; fool me once; food for thought; for better or for worse; form follows
    function; from a to z; from bench to bedside; from theory to practice; full speed ahead; garbage in
    garbage out; getting it right; give and take; good enough; half full or half empty; hand in hand;
    head to head; here and now; hide and seek; hit or miss; how low can you go; if it ain't broke don't
    fix it; in a nutshell; in the long run; in the wild; it takes a village; it takes two to tango; it's
    about time; jack of all trades; judging a book by its cover; keep it simple; killing two birds with
    one stone; know thyself; learning by doing; learning the hard way; less is more; lessons learned;
    like father like son; live and learn; look before you leap; lost and found; lost in translation;
    love at first sight; make or break; mind over matter; mind the gap; missing the forest for the
    trees; mix and match; more is better; more is different; more of the same; more or less; much ado
    about nothing; nature versus nurture; needle in a haystack; new kid on the block; no free lunch; no
    man is an island; no news is good news; no pain no gain; no strings attached; no such thing as a
    free lunch; now you see it now you don't; now you see me; of mice and men; old dog new tricks; old
    wine in new bottles; on the other hand; on the shoulders of giants; once upon a time; one for all;
    one for all and all for one; one size does not fit all; one size fits all; one step at a time; open
    sesame; out of sight out of mind; out of the box; past present and future; peace of mind; pie in the
    sky; practice makes perfect; practice what you preach; pros and cons; putting it all together; quick
    and dirty; quo vadis; read between the lines; reading between the lines; reading the mind in the
    eyes; right place right time; rise and shine; safety first; same but different; same old same old;
    see no evil; seeing is believing; seeing the forest for the trees; short and sweet; show don't tell;
    show me the money; sink or swim; size does matter; size matters; slow and steady; slow and steady
    wins the race; sooner or later; state of the art; stop and think; strength in numbers; survival of
    the fittest; take it or leave it; the best of both worlds; the bigger picture; the bigger the
    better; the blind leading the blind; the devil is in the details; the early bird catches the worm;
    the elephant in the room; the emperor's new clothes; the end justifies the means; the end of the
    beginning; the good the bad and the ugly; the missing link; the more the better; the more the
    merrier; the proof is in the pudding; the road ahead; the road less traveled; the sky is the limit;
    the sum of its parts; the time is now; the tip of the iceberg; the way forward; the whole is greater
    than the sum of its parts; there is no free lunch; think before you speak; think big; thinking fast
    and slow; thinking outside the box; time flies; time is money; time will tell; to be or not to be;
    to err is human; to infinity and beyond; together we are stronger; too big to fail; too good to be
    true; too little too late; too many cooks; trial and error; trust but verify; truth or dare; twice
    as good; two heads are better than one; two is better than one; two sides of the same coin; under
    the hood; unity in diversity; up and down; wait and see; walk the line; walking the walk; what goes
    around comes around; what is in a name; what lies beneath; what you see is what you get; what's in a
    name; what's new; where there is smoke there is fire; why not; win some lose some; words matter;
    work in progress; you are what you eat; you can't always get what you want; you get what you pay
    for; you only live once; aller anfang ist schwer; alles neu macht der mai; auf den punkt gebracht;
    aus alt mach neu; doppelt hält besser; ein bild sagt mehr als tausend worte; ende gut alles gut; es
    ist nicht alles gold was glänzt; gut ding will weile haben; klein aber fein; ohne fleiß kein preis;
    probieren geht über studieren; quo vadis; schritt für schritt; stand der technik; übung macht den
    meister; vertrauen ist gut kontrolle ist besser; was lange währt wird endlich gut; weniger ist mehr;
    wer suchet der findet
    """.replace("\n", " ").split(";")
)  # fmt: skip
_PHRASES_AND_SAYINGS = {" ".join(text.split()) for text in _PHRASES}
_ALL_SAYINGS = {" ".join(text.split()) for text in _SAYINGS}


def is_common_word(word: str) -> bool:
    """Whether a folded word by itself says nothing of one paper."""
    return word in STOP_WORDS or word in _WORDS or word.isdigit() or is_function_word(word) or _singular(word)


def is_brand(word: str) -> bool:
    """Whether the folded word is a product's name: written like a paper's, it means the product."""
    return word in _BRANDS


def is_common_pair(first: str, second: str) -> bool:
    """Whether two neighbouring folded words are a phrase of a field."""
    return f"{first} {second}" in _PHRASES_AND_SAYINGS


def is_saying(folded: str) -> bool:
    """Whether the folded words are a saying, with or without its article."""
    return folded in _ALL_SAYINGS or f"the {folded}" in _ALL_SAYINGS or f"a {folded}" in _ALL_SAYINGS


def _singular(word: str) -> bool:
    return word.endswith("s") and (word[:-1] in STOP_WORDS or word[:-1] in _WORDS)
