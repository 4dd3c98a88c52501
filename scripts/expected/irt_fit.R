# Makes test/expected/irt/erm.json: Rasch items by conditional maximum likelihood, persons, and their infit and outfit by R's eRm.
# Run from the repository's root: Rscript scripts/expected/irt_fit.R
suppressPackageStartupMessages(library(eRm))
set.seed(20261126)
persons <- 300
items <- 12
b <- seq(-1.8, 1.8, length.out = items)
theta <- rnorm(persons)
x <- matrix(rbinom(persons * items, 1, plogis(outer(theta, b, "-"))), persons, items)
# item 5 is answered at random, item 9 is sharper than the model has it
x[, 5] <- rbinom(persons, 1, 0.5)
x[, 9] <- rbinom(persons, 1, plogis(3 * (theta - b[9])))
keep <- rowSums(x) > 0 & rowSums(x) < items
x <- x[keep, ]
colnames(x) <- paste0("i", seq_len(items))
rownames(x) <- paste0("p", seq_len(nrow(x)))
model <- RM(x)
people <- person.parameter(model)
item <- itemfit(people)
person <- personfit(people)
nums <- function(v) paste0("[", paste(sprintf("%.12g", v), collapse = ","), "]")
text <- paste0(
  "{\"versions\":{\"R\":\"", R.version$major, ".", R.version$minor, "\",\"eRm\":\"", packageVersion("eRm"), "\"},",
  "\"persons\":", nrow(x), ",\"items\":", items, ",\"data\":[",
  paste(apply(x, 1, function(r) paste0("\"", paste(r, collapse = ""), "\"")), collapse = ","), "],",
  "\"easiness\":", nums(model$betapar), ",\"theta\":", nums(people$theta.table[, 1]),
  ",\"item\":{\"outfit\":", nums(item$i.outfitMSQ), ",\"infit\":", nums(item$i.infitMSQ),
  ",\"outfitZ\":", nums(item$i.outfitZ), ",\"infitZ\":", nums(item$i.infitZ), "}",
  ",\"person\":{\"outfit\":", nums(person$p.outfitMSQ), ",\"infit\":", nums(person$p.infitMSQ),
  ",\"outfitZ\":", nums(person$p.outfitZ), ",\"infitZ\":", nums(person$p.infitZ), "}}"
)
cat(text, "\n", sep = "", file = "test/expected/irt/erm.json")
