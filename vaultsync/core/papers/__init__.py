"""Papers and what they are called: names, identifiers, authors, the catalogue of them all.

identifiers   arXiv, DOI, ACL Anthology, OpenReview, citekeys and URLs in a text
pages         the page of a plain address
authors       the authors that one text names
stop_words    words that name nothing by themselves
common_words  words and phrases that many texts share, from our own lists
commonness    how common a name is, by the titles and abstracts of other papers
paper         a paper note's names and identifiers
catalogue     all papers, found by name and by identifier
"""
